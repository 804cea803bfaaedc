import Table from "cli-table3";
import { Redis } from "ioredis";
import { type Answers, createAnswers, openModel, type SharedLine } from "../../lib/answers/index.ts";
import { LineExchange, ModelLine } from "../../lib/cluster/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { countTokens, createFakeGemini } from "../../lib/sandbox/models/index.ts";
import { startRedisServer } from "../instances/redis-server.ts";
import { seededRandom } from "../simulate/random.ts";
import { firstComeFirstServed, type Job } from "../simulate/report/bounds.ts";
import { type Summary, summarize } from "../simulate/report/statistics.ts";
import { askAll, burst, crowd, SLOTS } from "./answers/answer-loads.ts";

/** Several instances ask one model: how near they come to one that serves first come, first served, and its limits. */

/** A limit of the model that all instances keep together. */
interface MinuteLimits {
  requestsPerMinute?: number;
  tokensPerMinute?: number;
}

interface Scenario {
  name: string;
  jobs: readonly Job[];
  /** The share of the questions that each instance gets. */
  shares: readonly number[];
  limits: MinuteLimits;
}

const MINUTE_MS = 60_000;
const BURST = 200;
const CROWD_LOAD = 0.8;
/** Twice what the limits allow within a minute; a question of the bench has about 121 tokens. */
const LIMITED = 120;
const LIMITS = { requestsPerMinute: 60, tokensPerMinute: 7_300 };

export interface InstancesBenchOptions {
  instances: number;
  speed: number;
  seed: number;
  json?: boolean;
}

/** What came of a scenario; the largest sums are of any 60 s. */
interface Result {
  name: string;
  limits: MinuteLimits;
  /** Over first come, first served; missing where a limit is what slows them down. */
  overServed?: Pick<Summary, "mean" | "p95" | "last">;
  mostInFlight: number;
  mostCalls: number;
  mostTokens: number;
  refused: number;
}

/** Prints how several instances share one model's places and limits. @throws OperatorError without Redis */
export async function benchAnswersOfInstances(options: InstancesBenchOptions): Promise<void> {
  const { instances, speed, seed, json } = options;
  const results: Result[] = [];
  for (const scenario of scenariosOf(instances, seed)) {
    results.push(await runScenario(scenario, speed, seededRandom(seed)));
  }
  if (json) console.log(JSON.stringify({ instances, speed, results }, null, 2));
  else console.log(table(results, options));
}

function scenariosOf(instances: number, seed: number): Scenario[] {
  const random = seededRandom(seed);
  const even = Array.from({ length: instances }, () => 1 / instances);
  const rest = 0.3 / Math.max(1, instances - 1);
  const uneven = even.map((_share, index) => (index === 0 ? 0.7 : rest));
  const loads = {
    [`${BURST} at once`]: burst(BURST, random),
    [`${BURST} by chance, ${CROWD_LOAD * 100} % load`]: crowd(BURST, CROWD_LOAD, random),
  };
  const scenarios: Scenario[] = Object.entries(loads).flatMap(([name, jobs]) => [
    { name: `${name}, evenly`, jobs, shares: even, limits: {} },
    { name: `${name}, 70 % at one`, jobs, shares: uneven, limits: {} },
  ]);
  for (const [name, limits] of [
    ["requests a minute", { requestsPerMinute: LIMITS.requestsPerMinute }],
    ["tokens a minute", { tokensPerMinute: LIMITS.tokensPerMinute }],
  ] as const) {
    scenarios.push({
      name: `${LIMITED} at once, ${name} limited`,
      jobs: burst(LIMITED, random),
      shares: uneven,
      limits,
    });
  }
  return scenarios;
}

async function runScenario(scenario: Scenario, speed: number, random: () => number): Promise<Result> {
  const { name, jobs, limits } = scenario;
  const { responses, peak, calls, tokens, refused } = await run(scenario, speed, random);
  const isLimited = Object.keys(limits).length > 0;
  return {
    name,
    limits,
    ...(isLimited ? {} : { overServed: overServed(responses, jobs) }),
    mostInFlight: peak,
    mostCalls: calls,
    mostTokens: tokens,
    refused,
  };
}

function overServed(responses: readonly number[], jobs: readonly Job[]): NonNullable<Result["overServed"]> {
  const measured = summaryOf(responses);
  const served = summaryOf(firstComeFirstServed(jobs, SLOTS));
  return {
    mean: measured.mean / served.mean,
    p95: measured.p95 / served.p95,
    last: measured.last / served.last,
  };
}

function ofLimit(limit: number | undefined): string {
  return limit === undefined ? "" : ` of ${limit}`;
}

function table(results: readonly Result[], { instances, speed }: InstancesBenchOptions): string {
  const rows = new Table({
    head: ["", "over first come, first served", "most in flight", "most in 60 s: calls", "tokens", "refused"],
    style: { head: [], border: [] },
  });
  for (const { name, limits, overServed: over, mostInFlight, mostCalls, mostTokens, refused } of results) {
    rows.push([
      name,
      over ? [over.mean, over.p95, over.last].map((ratio) => ratio.toFixed(2)).join(" / ") : "–",
      mostInFlight,
      `${mostCalls}${ofLimit(limits.requestsPerMinute)}`,
      `${mostTokens}${ofLimit(limits.tokensPerMinute)}`,
      refused,
    ]);
  }
  return (
    `${instances} instances, ${SLOTS} places at the model, latencies divided by ${speed}: mean / p95 / last over a bot\n` +
    "without overhead that serves first come, first served, and what the model counted.\n" +
    rows.toString()
  );
}

async function run({ jobs, shares, limits }: Scenario, speed: number, random: () => number) {
  const redis = await startRedisServer();
  const gemini = createFakeGemini({
    clock: systemClock,
    apiKey: "bench",
    model: "bench",
    respond: () => "An answer of some length.",
    latency: ({ question }) => {
      const totalMs = (jobs[Number(question.split(" ")[1])]?.duration ?? 0) / speed;
      return { firstMs: totalMs / 3, totalMs };
    },
    keepCalls: 10 * jobs.length,
    ...(limits.requestsPerMinute === undefined ? {} : { requestsPerMinute: limits.requestsPerMinute }),
  });
  const { baseUrl } = await gemini.start();
  const members = await Promise.all(
    shares.map((_share, index) =>
      openInstance(`i${index}`, shares.length, { url: redis.url, baseUrl, limits }),
    ),
  );
  try {
    while (members.some(({ line }) => line.use() === null)) await systemClock.sleep(50); // as after a start
    const chosen = jobs.map(() => choose(shares, random));
    const answers: Pick<Answers, "answer"> = {
      answer(question) {
        const index = Number(question.text.split(" ")[1]);
        const member = members[chosen[index] ?? 0] ?? members[0];
        if (!member) throw new Error("There is no instance.");
        return member.answers.answer({ ...question, order: index });
      },
    };
    const startedAt = performance.now();
    const now = (): number => (performance.now() - startedAt) * speed;
    const sleep = (ms: number): Promise<void> => systemClock.sleep(ms / speed);
    const responses = await askAll(jobs, jobs.length, answers, { now, sleep });
    const accepted = gemini.calls.filter(({ outcome }) => outcome === "answered");
    return {
      responses,
      peak: gemini.peakInFlight,
      calls: mostWithinMinute(accepted.map(({ arrivedAt }) => ({ at: arrivedAt, amount: 1 }))),
      tokens: mostWithinMinute(
        accepted.map(({ arrivedAt, system, question }) => ({
          at: arrivedAt,
          amount: countTokens(system + question),
        })),
      ),
      refused: gemini.callCount - accepted.length,
    };
  } finally {
    await Promise.all(members.map((member) => member.close()));
    await gemini.stop();
    await redis.close();
  }
}

/** The answers of one instance, with connections to Redis of its own. */
async function openInstance(
  name: string,
  count: number,
  { url, baseUrl, limits }: { url: string; baseUrl: string; limits: MinuteLimits },
) {
  const connections = [new Redis(url, { maxRetriesPerRequest: 1 }), new Redis(url)] as const;
  const [commands, subscriber] = connections;
  const exchange = new LineExchange({ prefix: "bench", instance: name, commands, subscriber });
  const members = {
    count: () => count,
    share: (limit: number) => Math.max(1, Math.floor(limit / count)),
    placesApart: (_model: string, limit: number) => Math.floor(limit / count),
    othersApart: () => 0,
  };
  const line: SharedLine & { close(): Promise<void> } = new ModelLine({
    model: "bench",
    instance: name,
    exchange,
    members,
    clock: systemClock,
    logger: silentLogger,
  });
  const model = await openModel({ provider: "gemini", apiKey: "bench", model: "bench", baseUrl });
  const answers = createAnswers({
    passages: [],
    persona: "You answer.",
    rules: ["Be brief."],
    models: [{ model, limits: { maxConcurrent: SLOTS, ...limits }, line }],
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  });
  return {
    answers,
    line,
    async close() {
      await answers.close();
      await line.close();
      for (const connection of connections) connection.disconnect();
    },
  };
}

function choose(shares: readonly number[], random: () => number): number {
  let left = random();
  const index = shares.findIndex((share) => {
    left -= share;
    return left < 0;
  });
  return index === -1 ? 0 : index;
}

/** The largest sum of amounts within any minute. */
function mostWithinMinute(uses: readonly { at: number; amount: number }[]): number {
  return Math.max(
    0,
    ...uses.map(({ at: from }) =>
      uses
        .filter(({ at }) => at >= from && at < from + MINUTE_MS)
        .reduce((sum, { amount }) => sum + amount, 0),
    ),
  );
}

function summaryOf(values: readonly number[]): Summary {
  const summary = summarize(values);
  if (!summary) throw new Error("Nobody asked anything.");
  return summary;
}
