import { getEventListeners } from "node:events";
import { expect } from "chai";
import { askModel, type ModelAnswerDeps } from "../../lib/answers/generation/model-answer.ts";
import type { TokenUsage } from "../../lib/answers/index.ts";
import type { Model, ModelPiece } from "../../lib/answers/models/model.ts";
import { ModelError, modelUnreachable, statusError } from "../../lib/answers/models/model-error.ts";
import { type ModelLimits, ModelScheduler } from "../../lib/answers/scheduling/model-scheduler.ts";
import { ModelUsage } from "../../lib/answers/scheduling/model-usage.ts";
import { type Clock, silentLogger } from "../../lib/core/index.ts";
import { burst, crowd, flood, SLOTS } from "../../scripts/bench/answers/answer-loads.ts";
import { respondInVirtualTime } from "../../scripts/bench/answers/virtual-answers.ts";
import { VirtualClock } from "../../scripts/bench/answers/virtual-clock.ts";
import { seededRandom } from "../../scripts/simulate/random.ts";
import { clairvoyantBound, firstComeFirstServed } from "../../scripts/simulate/report/bounds.ts";
import { type Summary, summarize } from "../../scripts/simulate/report/statistics.ts";

const USAGE: TokenUsage = { promptTokens: 500, outputTokens: 100 };
const TEXT = ["one", "two", "three", "four", "five", "six"]
  .map((which) => `Sentence ${which} of an answer that is long enough to be worth keeping. `)
  .join("");

/** The scheduler with all that belongs to it, around a model in this process and on a clock of its own. */
function openBench(model: Model, clock: Clock, limits: Partial<ModelLimits> = {}): ModelAnswerDeps {
  const usage = new ModelUsage({ model: "gemini-test", clock, logger: silentLogger });
  const shared = { clock, logger: silentLogger };
  return {
    ...shared,
    model,
    firstWordMs: 90_000,
    random: () => 0.5,
    scheduler: new ModelScheduler({
      ...shared,
      provider: model.provider,
      usage,
      limits: { maxConcurrent: SLOTS, ...limits },
    }),
  };
}

const promptOf = (text: string) => ({
  system: "Be kind.",
  turns: [{ role: "user" as const, parts: [{ text }] }],
});

function summaryOf(values: readonly number[]): Summary {
  return summarize(values) ?? expect.fail("nobody was answered");
}

describe("answers under load", () => {
  for (const people of [5, 10, 20, 50, 500]) {
    it(`come to ${people} people at once within 5 % of first come, first served`, async () => {
      const jobs = burst(people, seededRandom(people));
      const measured = summaryOf(await respondInVirtualTime(jobs));
      const best = summaryOf(firstComeFirstServed(jobs, SLOTS));
      const bound = clairvoyantBound(jobs, SLOTS);
      for (const figure of ["mean", "p95", "last"] as const) {
        expect(measured[figure] / best[figure], figure).to.be.within(0.95, 1.05);
        expect(measured[figure], `${figure} below what is possible`).to.be.at.least(bound[figure] - 1);
      }
    });
  }

  it("come as soon to those who ask one question, whether or not somebody asks 50 at the same moment", async () => {
    const others = burst(49, seededRandom(1));
    const alone = summaryOf(await respondInVirtualTime(others));
    const all = [...others, ...flood(50, 0, 0, seededRandom(2))];
    const responses = await respondInVirtualTime(all);
    const beside = summaryOf(responses.slice(0, others.length));
    expect(beside.p95 / alone.p95).to.be.below(1.2);
    expect(beside.mean / alone.mean).to.be.below(1.2);
    // They have one place of eight at a time, and wait in line for it like everyone.
    expect(summaryOf(responses.slice(others.length)).mean).to.be.above(3 * beside.mean);
  });

  for (const [load, seed] of [
    [0.5, 1],
    [0.7, 2],
    [0.7, 3],
    [0.7, 4],
    [0.8, 5],
  ] as const) {
    it(`raise the others' p95 by less than a fifth when one sends 100 questions in a second, at ${load * 100} % load (seed ${seed})`, async () => {
      const others = crowd(200, load, seededRandom(seed));
      const alone = summaryOf(await respondInVirtualTime(others));
      const all = [...others, ...flood(100, 2_000, 1_000, seededRandom(99))];
      const beside = summaryOf((await respondInVirtualTime(all)).slice(0, others.length));
      expect(beside.p95 / alone.p95).to.be.below(1.2);
    });
  }

  it("leave nothing behind after 10,000 calls with every kind of trouble, cancelled ones among them", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const clock = new VirtualClock();
    const random = seededRandom(7);
    let calls = 0;
    let atWork = 0;
    let peak = 0;
    /** What may go wrong with a call: the pieces that come, and what they end with. */
    const troubles: readonly { pieces?: ModelPiece[]; error?: Error; isSilent?: true }[] = [
      { error: statusError(429) },
      { error: statusError(429, { retryAfterMs: 1_000 }) },
      { error: statusError(503) },
      { pieces: [{ text: TEXT }], error: modelUnreachable(new TypeError("terminated")) },
      { isSilent: true },
      { pieces: [{ text: "", finish: "complete", usage: USAGE }] },
      { pieces: [{ text: "", blocked: "PROMPT_SAFETY" }] },
    ];
    const well = { pieces: [{ text: TEXT, finish: "complete" as const, usage: USAGE }], error: undefined };
    const model: Model = {
      provider: "Virtual",
      name: "virtual",
      embeddingModel: undefined,
      reads: () => false,
      embed: () => Promise.reject(new Error("not in this test")),
      async *ask(_prompt, { signal }) {
        calls += 1;
        atWork += 1;
        peak = Math.max(peak, atWork);
        try {
          await clock.sleep(200 + 1_500 * random(), signal);
          const trouble = random() < 0.15 ? troubles[Math.floor(random() * troubles.length)] : undefined;
          if (trouble?.isSilent) await clock.sleep(1e9, signal);
          const { pieces = [], error } = trouble ?? well;
          yield* pieces;
          if (error) throw error;
        } finally {
          atWork -= 1;
        }
      },
    };
    // A silent call gives its slot back after 10 s: with the 90 s of the bot they would take up nearly all of them.
    const limits = { requestsPerMinute: 600, tokensPerMinute: 1_000_000 };
    const deps = { ...openBench(model, clock, limits), firstWordMs: 10_000 };
    const ends = new Map<string, number>();
    const signals: AbortSignal[] = [];
    const ask = async (index: number): Promise<void> => {
      const leaving = new AbortController();
      signals.push(leaving.signal);
      const done = new AbortController();
      if (random() < 0.05) {
        clock.sleep(3_000 * random(), done.signal).then(
          () => leaving.abort(new Error("cancelled")),
          () => {},
        );
      }
      const question = { signal: leaving.signal, onWaiting: () => {}, onText: () => {} };
      const end = await askModel(deps, { question, prompt: promptOf(String(index)), priority: "person" })
        .then(({ kind }) => kind as string)
        .catch((error: Error) => (error instanceof ModelError ? error.code : error.message));
      done.abort();
      ends.set(end, (ends.get(end) ?? 0) + 1);
    };
    const all: Promise<void>[] = [];
    const askAll = async (): Promise<void> => {
      for (let index = 0; index < 10_000; index += 1) {
        all.push(ask(index));
        await clock.sleep(400);
      }
      await Promise.all(all);
      await clock.sleep(61_000); // the quotas of the last minute come back
    };
    await clock.pass(askAll());
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(calls).to.be.above(10_000);
    expect(peak).to.equal(SLOTS);
    expect([...ends.keys()]).to.include.members(["text", "blocked", "cancelled"]);
    expect(ends.get("text")).to.be.above(8_000);
    expect(deps.scheduler.stats()).to.deep.include({
      inFlight: 0,
      queued: 0,
      quota: { requestsThisMinute: 600, tokensThisMinute: 1_000_000 },
    });
    expect(atWork).to.equal(0);
    expect(clock.sleeping, "timers left behind").to.equal(0);
    expect(signals.filter((signal) => getEventListeners(signal, "abort").length > 0)).to.deep.equal([]);
    expect(unhandled).to.deep.equal([]);
  });
});
