import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import type { SandboxTelegram } from "../../../lib/sandbox/index.ts";
import { seededRandom } from "../../simulate/random.ts";
import { firstComeFirstServed, type Job } from "../../simulate/report/bounds.ts";
import { summarize } from "../../simulate/report/statistics.ts";
import { createSimulation, type Simulation } from "../../simulate/simulation.ts";
import { crowd, flood, SLOTS } from "../answers/answer-loads.ts";
import { readMetrics } from "../long/metrics.ts";
import { describeMachine, machineLine } from "../measuring/machine.ts";

/** People who ask one question each at random times, and the share of time that they keep the model busy. */
const PEOPLE = 100;
const LOAD = 0.8;
/** Divides the model's latencies, so that a crowd takes at most ten seconds. */
const SPEED = 4;
/** Questions a minute that the sample content allows one person. */
const ADMITTED = 20;
/** The first word of an answer is streamed after this share of the call's latency. */
const FIRST_WORD = 0.3;
const LOOK_MS = 50;

/** The flood of one person: messages spread over a time. */
interface Storm {
  name: string;
  messages: number;
  overMs: number;
}

const STORMS: readonly Storm[] = [
  { name: "nothing", messages: 0, overMs: 0 },
  { name: "100 questions in a second", messages: 100, overMs: 1_000 },
  { name: "1,000 messages a second", messages: 3_000, overMs: 3_000 },
];

/** The random values of a crowd and its flooder, the same for every flood. Times are as the bench measures them. */
interface Draw {
  people: readonly Job[];
  /** The latencies of the flooder's questions that reach the model. */
  flooder: readonly Job[];
}

/** The response times of all people, of every round. */
type Responses = readonly (readonly number[])[];

/**
 * Prints the response times of the real bot, without and with one person who floods it. In every round the same people
 * arrive at the same times with the same latencies, whatever the flood.
 */
export async function benchHostile({ rounds }: { rounds: number }): Promise<void> {
  const latencies = new Map<string, number>();
  const simulation = await createSimulation({
    isPlain: true,
    hasLimits: true,
    latency({ question }) {
      const totalMs = latencies.get(question) ?? 0;
      return { firstMs: totalMs * FIRST_WORD, totalMs };
    },
    keepCalls: 0,
  });
  console.log(machineLine(describeMachine()));
  try {
    const bot = await simulation.startBot({ LOG_LEVEL: "error" });
    const random = seededRandom(1);
    let nextPerson = 1;
    const play = async (storm: Storm, draw: Draw): Promise<number[]> => {
      const firstPerson = nextPerson;
      nextPerson += 1 + PEOPLE; // new people and flooders, without state from an earlier round
      const responses = await playCrowd(simulation, { storm, draw, firstPerson, latencies });
      while ((await readMetrics(bot.url))("helpline_inbox_waiting") > 0) await sleep(LOOK_MS);
      return responses;
    };
    for (const heaviest of STORMS.slice(-1)) await play(heaviest, drawCrowd(random)); // warm-up
    const draws: Draw[] = [];
    const responses = STORMS.map((): number[][] => []);
    for (let round = 0; round < rounds; round += 1) {
      const draw = drawCrowd(random);
      draws.push(draw);
      const turns = [...STORMS.entries()];
      for (const [index, storm] of round % 2 === 0 ? turns : turns.toReversed()) {
        responses[index]?.push(await play(storm, draw));
      }
    }
    console.log(table(responses, draws));
  } finally {
    await simulation.close();
  }
}

function drawCrowd(random: () => number): Draw {
  return {
    people: crowd(PEOPLE, LOAD, random).map(asMeasured),
    flooder: flood(ADMITTED, 0, 0, random).map(asMeasured),
  };
}

function asMeasured(job: Job): Job {
  return { ...job, arrivesAt: job.arrivesAt / SPEED, duration: job.duration / SPEED };
}

interface Play {
  storm: Storm;
  draw: Draw;
  /** The flooder's user id; those of the others follow. */
  firstPerson: number;
  /** The model's latencies by question. */
  latencies: Map<string, number>;
}

/** The response times of a crowd in milliseconds, in the order of its people. */
async function playCrowd(
  { telegram }: Simulation,
  { storm: { messages, overMs }, draw, firstPerson, latencies }: Play,
): Promise<number[]> {
  latencies.clear();
  const startedAt = performance.now();
  const until = async (ms: number): Promise<void> => {
    const waitMs = startedAt + ms - performance.now();
    if (waitMs > 0) await sleep(waitMs);
  };

  async function ask(index: number, { arrivesAt, duration }: Job): Promise<number> {
    const userId = firstPerson + 1 + index;
    const text = `I am number ${userId}. What does consent mean?`;
    latencies.set(text, duration);
    await until(arrivesAt);
    const answered = firstMessageTo(telegram, userId);
    const askedAt = performance.now();
    await telegram.sendText({ userId, firstName: "P" }, text);
    return (await answered) - askedAt;
  }

  async function floodBot(): Promise<void> {
    for (let sent = 0; sent < messages; sent += 1) {
      const text = `Question ${sent} of ${firstPerson}: what does consent mean?`;
      latencies.set(text, draw.flooder[sent]?.duration ?? 0);
      await until((sent * overMs) / messages);
      await telegram.sendText({ userId: firstPerson, firstName: "F" }, text);
    }
  }

  const [responses] = await Promise.all([
    Promise.all(draw.people.map((person, index) => ask(index, person))),
    floodBot(),
  ]);
  return responses;
}

/** Resolves with the time at which the bot's first message reaches a person. */
function firstMessageTo(telegram: SandboxTelegram, userId: number): Promise<number> {
  return new Promise((resolve) => {
    const leave = telegram.subscribe((event) => {
      if (event.type !== "message" || event.chatId !== userId || !event.message.from.is_bot) return;
      leave();
      resolve(performance.now());
    });
  });
}

function table(responses: readonly Responses[], draws: readonly Draw[]): string {
  const rows = new Table({
    style: { head: [], border: [] },
    head: [
      "one person sends",
      "p95 of the others",
      "over nothing sent (by round)",
      "at no cost",
      "over nothing",
    ],
  });
  const [alone = []] = responses;
  for (const [index, { name, messages }] of STORMS.entries()) {
    const own = responses[index] ?? [];
    const byRound = own.map((round, which) => over(round, alone[which] ?? []));
    const atNoCost = firstCome(draws, messages);
    rows.push([
      name,
      inMs(own.flat()),
      `${over(own.flat(), alone.flat())} (${byRound.join(" ")})`,
      inMs(atNoCost),
      over(atNoCost, firstCome(draws, 0)),
    ]);
  }
  return [
    rows.toString(),
    `${draws.length} crowds of ${PEOPLE} people; they alone keep the model busy for ${LOAD * 100} % of the time. At no cost: the p95 of a bot`,
    "that does nothing but answer first come, first served, the flooder too, over the same latencies.",
  ].join("\n");
}

/** The response times of a bot without overhead, of all rounds, beside the given number of flooding messages. */
function firstCome(draws: readonly Draw[], messages: number): number[] {
  return draws.flatMap(({ people, flooder }) =>
    firstComeFirstServed([...people, ...flooder.slice(0, messages)], SLOTS).slice(0, people.length),
  );
}

function over(values: readonly number[], base: readonly number[]): string {
  return (p95(values) / p95(base)).toFixed(2);
}

function inMs(values: readonly number[]): string {
  return `${p95(values).toFixed(0)} ms`;
}

function p95(values: readonly number[]): number {
  return summarize(values)?.p95 ?? Number.NaN;
}
