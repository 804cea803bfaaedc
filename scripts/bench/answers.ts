import Table from "cli-table3";
import { type Answers, createAnswers } from "../../lib/answers/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { createFakeGemini } from "../../lib/sandbox/index.ts";
import { clairvoyantBound, firstComeFirstServed, type Job } from "../simulate/bounds.ts";
import { seededRandom } from "../simulate/random.ts";
import { type Summary, summarize } from "../simulate/statistics.ts";
import { burst, crowd, flood, SLOTS } from "./answer-loads.ts";

const BURSTS = [5, 10, 20, 50, 500];
/** Crowds that come by chance, as shares of what the slots can do. */
const CROWD_LOADS = [0.5, 0.7, 0.8];
const CROWD_SIZE = 100;

interface BenchOptions {
  speed: string;
  seed: string;
  json?: boolean;
}

/** A burst beside what is possible; times in seconds of true speed. */
interface BurstResult {
  people: number;
  measured: Summary;
  /** Measured over first come, first served, and over what no scheduler can beat. */
  toFirstComeFirstServed: Pick<Summary, "mean" | "p95" | "last">;
  toClairvoyant: Pick<Summary, "mean" | "p95" | "last">;
}

/** What others feel of one person who asks much; times in seconds of true speed. */
interface NeighbourResult {
  others: string;
  flood: string;
  p95Alone: number;
  p95Beside: number;
  ratio: number;
}

/** Prints how the real scheduler, over HTTP to a simulated Gemini, fares beside the best that can be. */
export async function benchAnswers({ speed, seed, json }: BenchOptions): Promise<void> {
  const run = createRunner(Number(speed));
  const random = seededRandom(Number(seed));
  await run(burst(5 * SLOTS, random).map((job) => ({ ...job, duration: 100 }))); // warms the code up
  const bursts: BurstResult[] = [];
  for (const people of BURSTS) {
    const jobs = burst(people, random);
    bursts.push(compare(jobs, await run(jobs)));
  }
  const beside = [await besideOneWithFifty(run, random)];
  for (const load of CROWD_LOADS) beside.push(await besideHostile(run, random, load));
  console.log(json ? JSON.stringify({ bursts, beside }, null, 2) : tables(bursts, beside));
}

/** Asks; answers the response times of the jobs, not waiting for what comes after the first `awaited` of them. */
type Run = (jobs: readonly Job[], awaited?: number) => Promise<number[]>;

function compare(jobs: readonly Job[], responses: readonly number[]): BurstResult {
  const measured = summaryOf(responses);
  const over = (bound: Pick<Summary, "mean" | "p95" | "last">): BurstResult["toClairvoyant"] => ({
    mean: measured.mean / bound.mean,
    p95: measured.p95 / bound.p95,
    last: measured.last / bound.last,
  });
  return {
    people: jobs.length,
    measured: inSeconds(measured),
    toFirstComeFirstServed: over(summaryOf(firstComeFirstServed(jobs, SLOTS))),
    toClairvoyant: over(clairvoyantBound(jobs, SLOTS)),
  };
}

/** 49 people with one question each, with and without one who asks 50 at the same moment. */
async function besideOneWithFifty(run: Run, random: () => number): Promise<NeighbourResult> {
  const others = burst(49, random);
  const alone = summaryOf(await run(others));
  const all = [...others, ...flood(50, 0, 0, random)];
  const beside = summaryOf((await run(all, others.length)).slice(0, others.length));
  return toResult("49 people, one question each, at once", "50 questions at once", alone, beside);
}

/** People who come by chance, with and without one who sends 100 questions within a second. */
async function besideHostile(run: Run, random: () => number, load: number): Promise<NeighbourResult> {
  const others = crowd(CROWD_SIZE, load, random);
  const alone = summaryOf(await run(others));
  const all = [...others, ...flood(100, 2_000, 1_000, random)];
  const beside = summaryOf((await run(all, others.length)).slice(0, others.length));
  const name = `${CROWD_SIZE} people by chance, ${Math.round(load * 100)} % load`;
  return toResult(name, "100 questions in a second", alone, beside);
}

function toResult(others: string, flooding: string, alone: Summary, beside: Summary): NeighbourResult {
  return {
    others,
    flood: flooding,
    p95Alone: alone.p95 / 1000,
    p95Beside: beside.p95 / 1000,
    ratio: beside.p95 / alone.p95,
  };
}

/** A bot's answers over a simulated Gemini that takes as long for each question as was drawn. */
function createRunner(speed: number): Run {
  return async (jobs, awaited = jobs.length) => {
    const gemini = createFakeGemini({
      clock: systemClock,
      apiKey: "bench",
      model: "bench",
      respond: () => "An answer of some length, in a few pieces, as models write them. ".repeat(6),
      latency: ({ question }) => {
        const totalMs = (jobs[Number(question.split(" ")[1])]?.duration ?? 0) / speed;
        return { firstMs: totalMs / 3, totalMs };
      },
      keepCalls: 1,
    });
    const { baseUrl } = await gemini.start();
    const answers = answersOver(baseUrl);
    try {
      return await askAll(jobs, awaited, { answers, speed });
    } finally {
      await answers.close();
      await gemini.stop();
    }
  };
}

function answersOver(baseUrl: string): Answers {
  return createAnswers({
    passages: [],
    persona: "You answer.",
    rules: ["Be brief."],
    gemini: { apiKey: "bench", model: "bench", baseUrl, maxConcurrent: SLOTS },
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  });
}

/** Asks all questions at their times, each person's one after the other as mailboxes do. */
async function askAll(
  jobs: readonly Job[],
  awaited: number,
  { answers, speed }: { answers: Answers; speed: number },
): Promise<number[]> {
  const responses = jobs.map(() => Number.NaN);
  const startedAt = performance.now();
  const now = (): number => (performance.now() - startedAt) * speed;
  const before = new Map<number, Promise<void>>();
  const ask = async (index: number, { arrivesAt }: Job): Promise<void> => {
    if (arrivesAt > now()) await systemClock.sleep((arrivesAt - now()) / speed);
    const answer = await answers.answer({
      text: `Question ${index}`,
      language: "en",
      history: [],
      signal: new AbortController().signal,
    });
    if (answer.kind !== "answer") throw new Error(`Question ${index} was not answered: ${answer.kind}`);
    responses[index] = now() - arrivesAt;
  };
  const all = jobs.map((job, index) => {
    const previous = before.get(job.person);
    const asking = (async () => {
      await previous;
      await ask(index, job);
    })();
    before.set(job.person, asking);
    return asking;
  });
  for (const rest of all.slice(awaited)) rest.catch(() => {}); // ends when the bot is stopped
  await Promise.all(all.slice(0, awaited));
  return responses;
}

function summaryOf(values: readonly number[]): Summary {
  const summary = summarize(values);
  if (!summary) throw new Error("Nobody asked anything.");
  return summary;
}

function inSeconds({ mean, p50, p95, last }: Summary): Summary {
  return { mean: mean / 1000, p50: p50 / 1000, p95: p95 / 1000, last: last / 1000 };
}

function tables(bursts: readonly BurstResult[], neighbourResults: readonly NeighbourResult[]): string {
  const ratios = ({ mean, p95, last }: BurstResult["toClairvoyant"]): string =>
    [mean, p95, last].map((ratio) => ratio.toFixed(2)).join(" / ");
  const burstTable = new Table({
    head: ["burst", "mean / p95 / last (s)", "to first come, first served", "to the clairvoyant bound"],
  });
  for (const { people, measured, toFirstComeFirstServed, toClairvoyant } of bursts) {
    const { mean, p95, last } = measured;
    burstTable.push([
      people,
      [mean, p95, last].map((seconds) => seconds.toFixed(1)).join(" / "),
      ratios(toFirstComeFirstServed),
      ratios(toClairvoyant),
    ]);
  }
  const neighbourTable = new Table({ head: ["people", "beside one who asks", "their p95 (s)", "raised to"] });
  for (const { others, flood: flooding, p95Alone, p95Beside, ratio } of neighbourResults) {
    neighbourTable.push([
      others,
      flooding,
      `${p95Alone.toFixed(1)} → ${p95Beside.toFixed(1)}`,
      `${ratio.toFixed(2)} times`,
    ]);
  }
  return `${SLOTS} slots, the same drawn latencies for all\n${burstTable.toString()}\n${neighbourTable.toString()}`;
}
