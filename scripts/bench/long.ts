import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../simulate/random.ts";
import { createSimulation, type Simulation } from "../simulate/simulation.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { median } from "./median.ts";

const PEOPLE = 300;
const SAMPLE_MS = 5_000;
/** The first fifth of the run warms up; what it ends with is compared with the last tenth. */
const WARM_FROM = 0.1;
const WARM_TO = 0.2;
const END_FROM = 0.9;
/** What may grow, as the ratio of the end to the state after warm-up. */
const MAX_GROWTH = 1.1;
const MAX_LOOP_P99_MS = 20;

/** What people write, the more often the more often it is here. */
const MESSAGES = [
  "How do I put on a condom?",
  "What helps with period pain?",
  "My period is late. Am I pregnant?",
  "How do I get tested for an STI?",
  "What does consent mean?",
  "/help",
  "/new",
];

/** The state of the bot's process at a moment. */
interface Sample {
  /** Since the start, as a share of the run. */
  at: number;
  rssBytes: number;
  heapBytes: number;
  handles: number;
  timers: number;
}

export interface LongOptions {
  minutes: string;
  rate: string;
  json?: string;
}

/** Lets the real bot work for long, and ends with exit code 1 where it grows or its event loop is held up. */
export async function benchLong(options: LongOptions): Promise<void> {
  const machine = describeMachine();
  const runMs = Number(options.minutes) * 60_000;
  console.log(machineLine(machine));
  console.log(`${options.rate} updates a second of ${PEOPLE} people for ${options.minutes} minutes…`);
  const simulation = await createSimulation({
    latency: () => ({ firstMs: 100, totalMs: 300 }),
    keepCalls: 0,
  });
  try {
    const bot = await simulation.startBot();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(bot.output())?.[0] ?? "";
    const endMs = performance.now() + runMs;
    const writing = write(simulation, Number(options.rate), endMs);
    const samples = await watch(bot.pid, url, runMs, endMs);
    const written = await writing;
    await simulation.telegram.waitFor(() => simulation.telegram.pendingUpdates() === 0);
    const loopP99Ms = await loopDelay(url);
    const verdict = judge(samples, loopP99Ms);
    console.log(`${written.toLocaleString("en-US")} updates\n${verdict.text}`);
    if (!verdict.isWell) process.exitCode = 1;
    if (options.json !== undefined) {
      await writeFile(
        options.json,
        `${JSON.stringify({ machine, options, written, loopP99Ms, samples }, null, 2)}\n`,
      );
    }
  } finally {
    await simulation.close();
  }
}

/** Writes at random moments, so many a second on average. @returns how many there were */
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

async function watch(pid: number, url: string, runMs: number, endMs: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (;;) {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return samples;
    await sleep(Math.min(SAMPLE_MS, leftMs));
    const at = 1 - Math.max(0, endMs - performance.now()) / runMs;
    samples.push({ at, ...(await look(pid, url)) });
  }
}

async function look(pid: number, url: string): Promise<Omit<Sample, "at">> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const metric = (name: string): number => {
    const [, value] = new RegExp(`^${name} (\\S+)$`, "m").exec(metrics) ?? [];
    return Number(value ?? 0);
  };
  // Linux tells it of any process; elsewhere the process tells it itself.
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return {
    rssBytes: kilobytes === undefined ? metric("process_resident_memory_bytes") : Number(kilobytes) * 1024,
    heapBytes: metric("nodejs_heap_size_used_bytes"),
    handles: metric("nodejs_active_handles_total"),
    timers: metric('nodejs_active_resources\\{type="Timeout"\\}'),
  };
}

/** The p99 of the whole run, from the stored measurements and the present ones. */
async function loopDelay(url: string): Promise<number> {
  const answer = await fetch(`${url}/dashboard/figures?span=1h`);
  const { operations } = (await answer.json()) as { operations: { name: string; p99Ms: number }[] };
  return operations.find(({ name }) => name === "event_loop.delay")?.p99Ms ?? Number.NaN;
}

function judge(samples: readonly Sample[], loopP99Ms: number): { text: string; isWell: boolean } {
  const between = (from: number, to: number): Sample[] => samples.filter(({ at }) => at >= from && at <= to);
  const warm = between(WARM_FROM, WARM_TO);
  const end = between(END_FROM, 1);
  const rows = (["rssBytes", "heapBytes", "handles", "timers"] as const).map((figure) => {
    const [before, after] = [warm, end].map((part) => median(part.map((sample) => sample[figure])));
    const growth = (after ?? Number.NaN) / Math.max(1, before ?? Number.NaN);
    const show = figure.endsWith("Bytes") ? megabytes : String;
    const title = { rssBytes: "memory", heapBytes: "heap", handles: "handles", timers: "timers" }[figure];
    return {
      line: `${title.padEnd(10)} ${show(before ?? 0).padStart(8)} → ${show(after ?? 0).padStart(8)}  ${growth.toFixed(2)} ×`,
      title,
      growth,
    };
  });
  const memory = rows.find(({ title }) => title === "memory");
  const isWell = (memory?.growth ?? Number.NaN) <= MAX_GROWTH && loopP99Ms < MAX_LOOP_P99_MS;
  const loop = `event loop delay p99 ${loopP99Ms.toFixed(1)} ms (limit ${MAX_LOOP_P99_MS} ms)`;
  const limit = `memory may grow ${MAX_GROWTH} ×: ${isWell ? "all is well" : "FAILED"}`;
  return { text: [...rows.map(({ line }) => line), loop, limit].join("\n"), isWell };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
