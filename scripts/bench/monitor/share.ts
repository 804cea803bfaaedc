import { runRound } from "../intake/intake.ts";

const UPDATES = 5_000;
const CHATS = 500;

/** What the monitor takes of the CPU an update costs. */
export interface MonitorShare {
  callsPerUpdate: number;
  /** What a monitored call costs more than the bare one. */
  nsPerCall: number;
  cpuPerUpdateUs: number;
  /** 0 to 1. */
  share: number;
}

/** Counts monitored calls and CPU of updates that are only stored, answered and settled: real ones cost more. */
export async function measureShare(nsPerCall: number): Promise<MonitorShare | null> {
  const round = await runRound("helpline-mongo", { updates: UPDATES, chats: CHATS, handlerMs: 0 });
  if (!round) return null;
  const callsPerUpdate = round.monitoredCalls / UPDATES;
  const cpuPerUpdateUs = (round.cpuMs * 1000) / UPDATES;
  const share = (callsPerUpdate * nsPerCall) / (cpuPerUpdateUs * 1000);
  return { callsPerUpdate, nsPerCall, cpuPerUpdateUs, share };
}

export function renderShare(measured: MonitorShare | null): string {
  if (!measured) return "\nThe monitor's share of an update's CPU could not be measured in time";
  const { callsPerUpdate, nsPerCall, cpuPerUpdateUs, share } = measured;
  return [
    "\nThe monitor's share of an update's CPU, without what the handler does",
    `${callsPerUpdate.toFixed(1)} calls × ${Math.round(nsPerCall)} ns ÷ ${Math.round(cpuPerUpdateUs)} µs = ${(share * 100).toFixed(2)} %`,
  ].join("\n");
}
