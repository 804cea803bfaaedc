import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { BotProcess } from "../simulate/bot/bot-process.ts";
import { seededRandom } from "../simulate/random.ts";
import { createSimulation, type Simulation } from "../simulate/simulation.ts";
import { countDocuments } from "./long/collections.ts";
import { readState } from "./long/metrics.ts";
import { judge, type Sample, WARM_TO } from "./long/verdict.ts";
import { describeMachine, machineLine } from "./measuring/machine.ts";

const PEOPLE = 300;
/** The interval between samples: 5 s, or less in a run so short that a tenth of it would have too few samples. */
const MAX_SAMPLE_MS = 5_000;
const SAMPLE_SHARE = 1 / 40;

/** The texts of people; a repeated one is sent more often. */
const MESSAGES = [
  "How do I put on a condom?",
  "What helps with period pain?",
  "My period is late. Am I pregnant?",
  "How do I get tested for an STI?",
  "What does consent mean?",
  "/help",
  "/new",
];

export interface LongOptions {
  minutes: number;
  rate: number;
  json?: string;
}

/** Runs the real bot for a long time; exits with code 1 when it grows or its event loop is blocked. */
export async function benchLong(options: LongOptions): Promise<void> {
  const machine = describeMachine();
  const runMs = options.minutes * 60_000;
  console.log(machineLine(machine));
  console.log(`${options.rate} updates a second of ${PEOPLE} people for ${options.minutes} minutes…`);
  const simulation = await createSimulation({
    latency: () => ({ firstMs: 100, totalMs: 300 }),
    keepCalls: 0,
  });
  try {
    const bot = await simulation.startBot();
    const endMs = performance.now() + runMs;
    const writing = write(simulation, options.rate, endMs);
    const { samples, loop, collections } = await watch(simulation, bot, runMs, endMs);
    const written = await writing;
    await simulation.telegram.waitFor(() => simulation.telegram.pendingUpdates() === 0);
    const after = await countDocuments(simulation.environment());
    const seen = { runMs, samples, loop, collections: { before: collections, after }, people: PEOPLE };
    const { lines, isWell } = judge({ ...seen, output: bot.output() });
    console.log([`${written.toLocaleString("en-US")} updates`, ...lines].join("\n"));
    console.log(isWell ? "All is well" : "FAILED");
    if (!isWell) process.exitCode = 1;
    if (options.json !== undefined) {
      const figures = { machine, options, written, ...seen };
      await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
    }
  } finally {
    await simulation.close();
  }
}

/** Writes at random times, at the given rate per second. @returns the number of texts */
async function write({ telegram }: Simulation, rate: number, endMs: number): Promise<number> {
  const random = seededRandom(1);
  let written = 0;
  for (let dueMs = performance.now(); ; dueMs += (-Math.log(1 - random()) / rate) * 1000) {
    if (dueMs >= endMs) return written;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const userId = 1 + Math.floor(random() * PEOPLE);
    const text = MESSAGES[Math.floor(random() * MESSAGES.length)] ?? "/help";
    await telegram.sendText({ userId, firstName: "P" }, text);
    written += 1;
  }
}

async function watch(simulation: Simulation, bot: BotProcess, runMs: number, endMs: number) {
  const samples: Sample[] = [];
  const sample = async (until: number): Promise<void> => {
    const sampleMs = Math.min(MAX_SAMPLE_MS, runMs * SAMPLE_SHARE);
    for (;;) {
      const leftMs = endMs - (1 - until) * runMs - performance.now();
      if (leftMs <= 0) return;
      await sleep(Math.min(sampleMs, leftMs));
      const at = 1 - Math.max(0, endMs - performance.now()) / runMs;
      samples.push({ at, ...(await readState(bot)) });
    }
  };
  await sample(WARM_TO);
  const collections = await countDocuments(simulation.environment());
  const { loop } = await readState(bot);
  await sample(1);
  const end = await readState(bot);
  return { samples, loop: { before: loop, after: end.loop }, collections };
}
