import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { startProcess } from "./child.ts";
import { describeMachine, machineLine } from "./measuring/machine.ts";
import { median } from "./measuring/median.ts";
import { type Load, TRANSFER_BYTES, type TransferSettings, type Transfers } from "./media/load.ts";

const LOADS: readonly Load[] = [
  { direction: "up", atOnce: 1 },
  { direction: "up", atOnce: 8 },
  { direction: "down", atOnce: 1 },
  { direction: "down", atOnce: 8 },
];

export interface MediaOptions {
  rounds: number;
  json?: string;
}

interface Result {
  load: Load;
  rounds: Transfers[];
}

/** Prints how fast files are uploaded and downloaded, and how much memory that takes. */
export async function benchMedia(options: MediaOptions): Promise<void> {
  const machine = describeMachine();
  const megabytes = TRANSFER_BYTES / 1e6;
  console.log(`${machineLine(machine)}; medians of ${options.rounds} interleaved rounds.`);
  console.log(`${megabytes} MB each; up as one file, down as two, as Telegram hands out 20 MB at most.`);
  const results: Result[] = LOADS.map((load) => ({ load, rounds: [] }));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const { load, rounds } of results) rounds.push(await runRound(load));
  }
  console.log(render(results));
  if (options.json === undefined) return;
  await writeFile(options.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  console.log(`\nWritten: ${options.json}`);
}

/** Runs transfers and the Bot API in new processes, with files in a temporary folder. */
async function runRound(load: Load): Promise<Transfers> {
  const folder = await mkdtemp(join(tmpdir(), "helpline-bench-"));
  const api = startProcess("media/fake-api", import.meta.url);
  const bot = startProcess("media/transfers", import.meta.url);
  try {
    const settings: TransferSettings = { apiRoot: await api.ask<string>("start"), folder };
    await bot.ask("prepare", settings);
    const transfers = await bot.ask<Transfers>("run", load);
    const isUp = load.direction === "up";
    if (isUp && (await api.ask<number>("receivedBytes")) < load.atOnce * TRANSFER_BYTES) {
      throw new Error("Not all of the files went up");
    }
    return transfers;
  } finally {
    await bot.end();
    await api.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function render(results: readonly Result[]): string {
  const table = new Table({
    head: ["", "at once", "MB/s", "wall", "CPU/MB", "memory idle", "above idle", "process peak"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", ...Array.from({ length: 7 }, () => "right" as const)],
  });
  for (const { load, rounds } of results) {
    const { direction, atOnce } = load;
    const megabytes = (atOnce * TRANSFER_BYTES) / 1e6;
    const of = (figure: (transfers: Transfers) => number): number => median(rounds.map(figure));
    const memory = (figure: (transfers: Transfers) => number): string =>
      `${(of(figure) / 1e6).toFixed(1)} MB`;
    table.push([
      direction,
      atOnce,
      Math.round(megabytes / (of(({ wallMs }) => wallMs) / 1000)),
      `${Math.round(of(({ wallMs }) => wallMs))} ms`,
      `${(of(({ cpuMs }) => cpuMs) / megabytes).toFixed(2)} ms`,
      memory(({ idleRssBytes }) => idleRssBytes),
      memory(({ seenRssBytes, idleRssBytes }) => seenRssBytes - idleRssBytes),
      memory(({ peakRssBytes }) => peakRssBytes),
    ]);
  }
  return table.toString();
}
