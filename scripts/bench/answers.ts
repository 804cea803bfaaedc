import Table from "cli-table3";
import { type Answers, createAnswers, openModel } from "../../lib/answers/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { createFakeGemini } from "../../lib/sandbox/models/index.ts";
import { seededRandom } from "../simulate/random.ts";
import { clairvoyantBound, firstComeFirstServed, type Job } from "../simulate/report/bounds.ts";
import { type Summary, summarize } from "../simulate/report/statistics.ts";
import { askAll, burst, crowd, flood, SLOTS } from "./answers/answer-loads.ts";
import { respondInVirtualTime } from "./answers/virtual-answers.ts";

const BURSTS = [5, 10, 20, 50, 500];
/** Crowds that come by chance, as shares of what the slots can do. */
const CROWD_LOADS = [0.5, 0.7, 0.8];
const CROWD_SIZE = 200;
/** Of so many draws, the median is told: p95 of one draw is much of chance. */
const DRAWS = 9;

interface BenchOptions {
  speed: number;
  seed: number;
  json?: boolean;
}

/** Figures over what they are compared with. */
type Ratios = Pick<Summary, "mean" | "p95" | "last">;

/** A burst; times in seconds of true speed. */
interface BurstResult {
  people: number;
  /** The scheduler alone, and over what no scheduler can beat. */
  response: Ratios;
  toClairvoyant: Ratios;
  /** Over first come, first served: the scheduler alone, and with HTTP, streams and this machine's load. */
  toFirstComeFirstServed: Ratios;
  overHttp: Ratios;
}

/** What others feel of one person who asks much; times in seconds of true speed. */
interface NeighbourResult {
  others: string;
  flood: string;
  p95Alone: number;
  p95Beside: number;
  ratio: number;
}

/** Prints how the real scheduler fares beside the best that can be, alone and over HTTP to a simulated model. */
export async function benchAnswers({ speed, seed, json }: BenchOptions): Promise<void> {
  const run = overHttp(speed);
  const random = seededRandom(seed);
  await run(burst(5 * SLOTS, random).map((job) => ({ ...job, duration: 100 }))); // warms the code up
  const bursts: BurstResult[] = [];
  for (const people of BURSTS) {
    const jobs = burst(people, random);
    bursts.push(compare(jobs, await respondInVirtualTime(jobs), await run(jobs)));
  }
  const fifty = (): Job[] => flood(50, 0, 0, random);
  const hundred = (): Job[] => flood(100, 2_000, 1_000, random);
  const beside = [
    await besideFlood("49 people at once", () => burst(49, random), "50 questions at once", fifty),
  ];
  for (const load of CROWD_LOADS) {
    const name = `${CROWD_SIZE} people by chance, ${Math.round(load * 100)} % load`;
    const others = (): Job[] => crowd(CROWD_SIZE, load, random);
    beside.push(await besideFlood(name, others, "100 questions in a second", hundred));
  }
  console.log(json ? JSON.stringify({ bursts, beside }, null, 2) : tables(bursts, beside));
}

function compare(jobs: readonly Job[], alone: readonly number[], http: readonly number[]): BurstResult {
  const served = summaryOf(firstComeFirstServed(jobs, SLOTS));
  const { mean, p95, last } = summaryOf(alone);
  return {
    people: jobs.length,
    response: { mean: mean / 1000, p95: p95 / 1000, last: last / 1000 },
    toClairvoyant: over(summaryOf(alone), clairvoyantBound(jobs, SLOTS)),
    toFirstComeFirstServed: over(summaryOf(alone), served),
    overHttp: over(summaryOf(http), served),
  };
}

function over(measured: Ratios, bound: Ratios): Ratios {
  return {
    mean: measured.mean / bound.mean,
    p95: measured.p95 / bound.p95,
    last: measured.last / bound.last,
  };
}

/** The p95 of people who ask one question each, with and without one who asks much: the median draw. */
async function besideFlood(
  name: string,
  drawOthers: () => Job[],
  floodName: string,
  drawFlood: () => Job[],
): Promise<NeighbourResult> {
  const draws: NeighbourResult[] = [];
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const others = drawOthers();
    const p95Alone = summaryOf(await respondInVirtualTime(others)).p95 / 1000;
    const responses = await respondInVirtualTime([...others, ...drawFlood()], others.length);
    const p95Beside = summaryOf(responses.slice(0, others.length)).p95 / 1000;
    draws.push({ others: name, flood: floodName, p95Alone, p95Beside, ratio: p95Beside / p95Alone });
  }
  return draws.toSorted((a, b) => a.ratio - b.ratio)[Math.floor(DRAWS / 2)] as NeighbourResult;
}

/** The response times of a bot over a simulated model that takes as long for each question as was drawn. */
function overHttp(speed: number): (jobs: readonly Job[]) => Promise<number[]> {
  const sleep = (ms: number): Promise<void> => systemClock.sleep(ms / speed);
  return async (jobs) => {
    const gemini = createFakeGemini({
      clock: systemClock,
      apiKey: "bench",
      model: "bench",
      respond: () =>
        ["One", "Two", "Three", "Four", "Five", "Six"]
          .map((which) => `${which}: an answer of some length, in a few pieces, as models write. `)
          .join(""),
      latency: ({ question }) => {
        const totalMs = (jobs[Number(question.split(" ")[1])]?.duration ?? 0) / speed;
        return { firstMs: totalMs / 3, totalMs };
      },
      keepCalls: 1,
    });
    const { baseUrl } = await gemini.start();
    const answers = await answersOver(baseUrl);
    const startedAt = performance.now();
    const now = (): number => (performance.now() - startedAt) * speed;
    try {
      return await askAll(jobs, jobs.length, answers, { now, sleep });
    } finally {
      await answers.close();
      await gemini.stop();
    }
  };
}

async function answersOver(baseUrl: string): Promise<Answers> {
  const model = await openModel({ provider: "gemini", apiKey: "bench", model: "bench", baseUrl });
  return createAnswers({
    passages: [],
    persona: "You answer.",
    rules: ["Be brief."],
    models: [{ model, limits: { maxConcurrent: SLOTS } }],
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  });
}

function summaryOf(values: readonly number[]): Summary {
  const summary = summarize(values);
  if (!summary) throw new Error("Nobody asked anything.");
  return summary;
}

function tables(bursts: readonly BurstResult[], neighbours: readonly NeighbourResult[]): string {
  const style = { head: [], border: [] };
  const burstTable = new Table({
    style,
    head: ["at once", "seconds", "first come, first served", "with HTTP", "clairvoyant bound"],
  });
  for (const { people, response, toFirstComeFirstServed, overHttp: http, toClairvoyant } of bursts) {
    burstTable.push([
      people,
      figures(response, 1),
      figures(toFirstComeFirstServed, 2),
      figures(http, 2),
      figures(toClairvoyant, 2),
    ]);
  }
  const neighbourTable = new Table({
    style,
    head: ["people", "beside one who asks", "their p95", "raised to"],
  });
  for (const { others, flood: floodName, p95Alone, p95Beside, ratio } of neighbours) {
    neighbourTable.push([
      others,
      floodName,
      `${p95Alone.toFixed(1)} → ${p95Beside.toFixed(1)} s`,
      `${ratio.toFixed(2)} times`,
    ]);
  }
  return [
    `Mean / p95 / last of people who ask at once, ${SLOTS} slots, the same drawn latencies for all: in seconds, and over`,
    "first come, first served (the scheduler alone; and over HTTP, with this machine's load) and over the least possible.",
    burstTable.toString(),
    `One who floods, the median of ${DRAWS} draws:`,
    neighbourTable.toString(),
  ].join("\n");
}

function figures({ mean, p95, last }: Ratios, digits: number): string {
  return [mean, p95, last].map((figure) => figure.toFixed(digits)).join(" / ");
}
