import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import { drawExponential } from "../simulate/latency.ts";
import { seededRandom } from "../simulate/random.ts";
import { createSimulation, type Simulation } from "../simulate/simulation.ts";
import { summarize } from "../simulate/statistics.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { median, medianRatio } from "./median.ts";

/** People who ask one question each and come by chance, this long after one another on average. */
const PEOPLE = 40;
const GAP_MS = 200;
/** How long the model takes; its eight slots are then busy for more than half of the time. */
const LATENCY = { firstMs: 200, totalMs: 1_000 };
/** The one who floods; the others are numbered upwards from here. */
const FLOODER = 1;

/** What the flooder sends: so many messages, spread over a time. */
interface Flood {
  name: string;
  messages: number;
  overMs: number;
}

const FLOODS: readonly Flood[] = [
  { name: "nothing", messages: 0, overMs: 0 },
  { name: "100 questions in a second", messages: 100, overMs: 1_000 },
  { name: "1,000 messages a second", messages: 3_000, overMs: 3_000 },
];

/** Prints what people wait for the real bot, alone and beside one person who floods it, in turns on one bot. */
export async function benchHostile({ rounds }: { rounds: string }): Promise<void> {
  const simulation = await createSimulation({
    isPlain: true,
    latency: () => LATENCY,
    keepCalls: 0,
  });
  console.log(machineLine(describeMachine()));
  try {
    await simulation.startBot();
    const random = seededRandom(1);
    let nextPerson = FLOODER + 1;
    const crowd = async (flood: Flood): Promise<number> => {
      const from = nextPerson;
      nextPerson += PEOPLE;
      return p95Beside(simulation, flood, from, random);
    };
    await crowd({ name: "warm up", messages: 0, overMs: 0 });
    const p95s = FLOODS.map((): number[] => []);
    for (let round = 0; round < Number(rounds); round += 1) {
      for (const [index, flood] of FLOODS.entries()) p95s[index]?.push(await crowd(flood));
    }
    console.log(table(p95s));
  } finally {
    await simulation.close();
  }
}

/** The p95 of the response times of a crowd, in milliseconds. */
async function p95Beside(
  { telegram }: Simulation,
  { messages, overMs }: Flood,
  from: number,
  random: () => number,
): Promise<number> {
  const flooding = flood();
  const responses: Promise<number>[] = [];
  for (let person = from; person < from + PEOPLE; person += 1) {
    responses.push(ask(person));
    await sleep(drawExponential(random, GAP_MS));
  }
  const summary = summarize(await Promise.all(responses));
  await flooding;
  while (telegram.pendingUpdates() > 0) await sleep(50);
  return summary?.p95 ?? Number.NaN;

  async function ask(userId: number): Promise<number> {
    const startedAt = performance.now();
    await telegram.sendText({ userId, firstName: "P" }, `I am number ${userId}. What does consent mean?`);
    await telegram.waitFor(() => telegram.chat(userId)?.messages.some((message) => message.from?.is_bot));
    return performance.now() - startedAt;
  }

  async function flood(): Promise<void> {
    const startedAt = performance.now();
    for (let sent = 0; sent < messages; sent += 1) {
      const waitMs = startedAt + (sent * overMs) / messages - performance.now();
      if (waitMs > 1) await sleep(waitMs);
      await telegram.sendText({ userId: FLOODER, firstName: "F" }, `Question ${sent}?`);
    }
  }
}

function table(p95s: readonly (readonly number[])[]): string {
  const rows = new Table({
    head: ["one person sends", "p95 of the others, median", "over that beside nothing"],
  });
  const [alone = []] = p95s;
  for (const [index, { name }] of FLOODS.entries()) {
    const own = p95s[index] ?? [];
    const ratios = own.map((p95, round) => p95 / (alone[round] ?? Number.NaN));
    const show = ratios.map((ratio) => ratio.toFixed(2)).join(" ");
    rows.push([name, `${median(own).toFixed(0)} ms`, `${medianRatio(own, alone).toFixed(2)} (${show})`]);
  }
  return rows.toString();
}
