import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import type { BotProcess } from "../../simulate/bot/bot-process.ts";
import { createSimulation, SIMULATED_PROVIDERS, type SimulatedProvider } from "../../simulate/simulation.ts";
import { type Bucket, readMetrics, readState } from "../long/metrics.ts";
import { describeMachine, machineLine } from "../measuring/machine.ts";
import { median } from "../measuring/median.ts";

/** An answer that a model should not give. */
interface HostileAnswer {
  name: string;
  text: string;
}

const SENTENCES = (count: number): string =>
  Array.from({ length: count }, (_, index) => `This is sentence number ${index}, unlike the others. `).join(
    "",
  );
const NUMBERS = (count: number): string =>
  Array.from({ length: count }, (_, index) => String(index * 7919)).join("");

const ANSWERS: readonly HostileAnswer[] = [
  { name: "an ordinary one", text: SENTENCES(12) },
  { name: "4,096 tokens in small pieces", text: SENTENCES(330) },
  { name: "6 MB without end", text: SENTENCES(120_000) },
  { name: "a line without blanks, 100 kB", text: NUMBERS(12_000) },
  { name: "the same sentence 400 times", text: "I am not able to help with that. ".repeat(400) },
];
/** A piece is a few signs, as models stream them. */
const PIECES = 100_000;
const LOOK_MS = 50;
/** How long the measurements of the event loop take to be published. */
const SETTLE_MS = 1_500;

interface Cost {
  cpuMs: number;
  seconds: number;
  messages: number;
  loop: readonly Bucket[];
}

/** Prints what answers without bounds cost the real bot. */
export async function benchHostileAnswers({ rounds }: { rounds: number }): Promise<void> {
  console.log(machineLine(describeMachine()));
  const rows = new Table({
    style: { head: [], border: [] },
    head: ["model of", "answer", "CPU", "until answered", "messages", "longest block"],
  });
  for (const provider of SIMULATED_PROVIDERS) rows.push(...(await measureProvider(provider, rounds)));
  console.log(rows.toString());
  console.log(
    `Medians of ${rounds} rounds; the longest block is the bound of the highest filled bucket, of all rounds.`,
  );
}

async function measureProvider(provider: SimulatedProvider, rounds: number): Promise<string[][]> {
  const texts = new Map<string, string>();
  const simulation = await createSimulation({
    provider,
    isPlain: true,
    respond: ({ question }) => texts.get(question) ?? "Hello.",
    pieces: PIECES,
    keepCalls: 0,
  });
  try {
    const bot = await simulation.startBot({ LOG_LEVEL: "error" });
    let user = 0;
    const ask = async ({ text }: HostileAnswer): Promise<Cost> => {
      user += 1;
      const userId = 1_000 + user;
      const question = `What is number ${userId}?`;
      texts.set(question, text);
      const before = await stateOf(bot);
      const startedAt = performance.now();
      await simulation.telegram.sendText({ userId, firstName: "P" }, question);
      await simulation.telegram.waitFor(() => simulation.botTexts(userId)[0]);
      while (await isBusy(bot)) await sleep(LOOK_MS);
      const seconds = (performance.now() - startedAt) / 1_000;
      await sleep(SETTLE_MS);
      const after = await stateOf(bot);
      return {
        cpuMs: (after.cpuSeconds - before.cpuSeconds) * 1_000,
        seconds,
        messages: simulation.botTexts(userId).length,
        loop: after.loop.map((bucket, index) => ({
          ...bucket,
          count: bucket.count - (before.loop[index]?.count ?? 0),
        })),
      };
    };
    for (const answer of ANSWERS) await ask(answer); // warm-up
    const costs = ANSWERS.map((): Cost[] => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, answer] of ANSWERS.entries()) costs[index]?.push(await ask(answer));
    }
    return ANSWERS.map(({ name }, index) => rowOf(provider, name, costs[index] ?? []));
  } finally {
    await simulation.close();
  }
}

async function isBusy(bot: BotProcess): Promise<boolean> {
  const metric = await readMetrics(bot.url);
  return metric("helpline_inbox_waiting") > 0 || metric("helpline_outbox_unsettled") > 0;
}

async function stateOf(bot: BotProcess): Promise<{ cpuSeconds: number; loop: readonly Bucket[] }> {
  const metric = await readMetrics(bot.url);
  const { loop } = await readState(bot);
  return { cpuSeconds: metric("process_cpu_seconds_total"), loop };
}

function rowOf(provider: string, name: string, costs: readonly Cost[]): string[] {
  return [
    provider,
    name,
    `${median(costs.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`,
    `${median(costs.map(({ seconds }) => seconds)).toFixed(2)} s`,
    String(median(costs.map(({ messages }) => messages))),
    `${Math.max(...costs.map(({ loop }) => longest(loop)))} ms`,
  ];
}

/** Buckets are cumulative: the first one that holds all delays. */
function longest(loop: readonly Bucket[]): number {
  const all = loop.at(-1)?.count ?? 0;
  return loop.find(({ count }) => count === all)?.upToMs ?? 0;
}
