import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import type { BotProcess } from "../../simulate/bot/bot-process.ts";
import { createSimulation, type Simulation } from "../../simulate/simulation.ts";
import { runRound } from "../intake.ts";

const UPDATES = 5_000;
const CHATS = 500;
/** People who ask concurrently, and the questions each asks in turn before and during the measurement. */
const PEOPLE = 20;
const WARM_UP = 15;
const QUESTIONS = 15;

/** The cost of one unit of work: calls that the monitor recorded, and CPU time. */
export interface Work {
  calls: number;
  cpuUs: number;
}

/** The monitor's share of the CPU time, 0 to 1. */
function shareOf({ calls, cpuUs }: Work, nsPerCall: number): number {
  return (calls * nsPerCall) / (cpuUs * 1000);
}

/** An update that is only stored, answered and settled: the least work, so the monitor's share is largest. */
export async function measureUpdate(): Promise<Work | null> {
  const round = await runRound("helpline-mongo", { updates: UPDATES, chats: CHATS, handlerMs: 0 });
  return round && { calls: round.monitoredCalls / UPDATES, cpuUs: (round.cpuMs * 1000) / UPDATES };
}

/** A question to the real bot that the model answers; database, Telegram and model run in other processes. */
export async function measureQuestion(): Promise<Work> {
  const database = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
  const simulation = await createSimulation({
    isPlain: true,
    latency: () => ({ firstMs: 20, totalMs: 60 }),
    keepCalls: 0,
  });
  try {
    const bot = await simulation.startBot({
      MONGODB_URI: database.uri,
      GEMINI_MAX_CONCURRENT: String(PEOPLE),
      LOG_LEVEL: "error",
    });
    await ask(simulation, 0, WARM_UP);
    const before = await readWork(bot);
    await ask(simulation, WARM_UP, QUESTIONS);
    const after = await readWork(bot);
    const questions = PEOPLE * QUESTIONS;
    return {
      calls: (after.calls - before.calls) / questions,
      cpuUs: (after.cpuUs - before.cpuUs) / questions,
    };
  } finally {
    await simulation.close();
    await database.close();
  }
}

async function ask({ telegram, botTexts }: Simulation, asked: number, questions: number): Promise<void> {
  const askInTurn = async (userId: number): Promise<void> => {
    for (let question = asked + 1; question <= asked + questions; question += 1) {
      const text = `${userId}, ${question}: what does consent mean?`;
      await telegram.sendText({ userId, firstName: "P" }, text);
      await telegram.waitFor(() => botTexts(userId).length >= question);
    }
  };
  await Promise.all(Array.from({ length: PEOPLE }, (_, index) => askInTurn(index + 1)));
}

/** Totals since the bot's start, including what it records of its own process. */
async function readWork({ url }: BotProcess): Promise<Work> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = text.matchAll(/^helpline_operation_duration_seconds_count\{.*\} (\d+)$/gm);
  const calls = [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  const [, cpuSeconds] = /^process_cpu_seconds_total (\S+)/m.exec(text) ?? [];
  return { calls, cpuUs: Number(cpuSeconds) * 1e6 };
}

/** @param nsPerCall the additional cost of a monitored call over a bare one */
export function renderShares(works: Record<string, Work | null>, nsPerCall: number): string {
  const lines = Object.entries(works).map(([name, work]) => {
    if (!work) return `${name.padEnd(40)} could not be measured in time`;
    const { calls, cpuUs } = work;
    const share = `${(shareOf(work, nsPerCall) * 100).toFixed(2)} %`;
    return `${name.padEnd(40)} ${calls.toFixed(1)} calls × ${Math.round(nsPerCall)} ns ÷ ${Math.round(cpuUs)} µs = ${share}`;
  });
  return ["\nThe monitor's share of the bot's CPU", ...lines].join("\n");
}
