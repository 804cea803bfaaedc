import { expect } from "chai";
import type { Question, Wait } from "../../lib/answers/index.ts";
import { ModelUsage } from "../../lib/answers/scheduling/model-usage.ts";
import type { Content } from "../../lib/content/index.ts";
import { answerMarkdown, keptAnswer } from "../../lib/conversation/questions/answer-text.ts";
import { silentLogger } from "../../lib/core/index.ts";
import type { ModelFault } from "../../lib/sandbox/models/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { loadSample } from "../support/sample.ts";
import { type Bench, type BenchOptions, MODEL, question, startBench } from "./support.ts";

const MODEL_TEXT = Array.from({ length: 12 }, (_, index) => `Sentence ${index + 1} of the model.`).join(" ");
const WHOLE = /^Sentence 1 of the model\..*Sentence 12 of the model\./;
const LIBRARY_PAGE = /\n\n.*condom/is;
const BUSY = /^I can't write an answer of my own at the moment because too much is going on\./;
const FAILED = /^I couldn't finish an answer of my own\./;
const QUOTA = /^I can't write my own answers right now\./;
const BUDGET = /^I can't write any more answers of my own this month\./;

describe("what people see", () => {
  let content: Content;
  let bench: Bench;
  before(async () => {
    content = await loadSample();
  });
  afterEach(async () => await bench.stop());

  const start = async (options: BenchOptions = {}): Promise<void> => {
    bench = await startBench({ ...options, fake: { respond: () => MODEL_TEXT, ...options.fake } });
  };
  /** The message a question comes to, as Markdown. */
  const ask = async (changes: Partial<Question> = {}): Promise<string> => {
    const asked = question(changes);
    const answer = await bench.answers.answer(asked);
    return answerMarkdown(keptAnswer(answer, asked.text, "en", content), "en", content);
  };

  for (const [what, fault, times, seen] of [
    ["429 once", { kind: "rate-limit" }, 1, WHOLE],
    ["429 again and again", { kind: "rate-limit" }, 4, BUSY],
    ["429 with a wait longer than people have", { kind: "rate-limit", retryAfterSeconds: 90 }, 1, BUSY],
    ["429 of the day", { kind: "daily-quota" }, 1, QUOTA],
    ["500 once", { kind: "status", status: 500 }, 1, WHOLE],
    ["500 again and again", { kind: "status", status: 500 }, 4, FAILED],
    ["503 again and again", { kind: "status", status: 503 }, 4, BUSY],
    ["a proxy's page", { kind: "html", status: 502 }, 4, FAILED],
    ["a refusal", { kind: "status", status: 403 }, 1, FAILED],
    ["broken connections", { kind: "reset" }, 4, FAILED],
    ["nothing at all", { kind: "empty" }, 4, FAILED],
    ["garbage, and so is asked for the whole answer", { kind: "garbage", afterPieces: 1 }, 4, WHOLE],
    ["JSON of an unknown shape, likewise", { kind: "odd-json", afterPieces: 1 }, 4, WHOLE],
    ["a stream that is cut short once", { kind: "cut", afterPieces: 3 }, 1, WHOLE],
    [
      "streams that are all cut, of which the longest is kept",
      { kind: "cut", afterPieces: 4 },
      4,
      /^Sentence 1 [\s\S]*\n\nThis answer broke off before its end\./,
    ],
    ["streams that are cut before they say much", { kind: "cut", afterPieces: 1 }, 4, FAILED],
    [
      "an answer of the greatest length",
      { kind: "finish", reason: "MAX_TOKENS", afterPieces: 3 },
      1,
      /^Sentence 1 [\s\S]*\n\nThis answer has reached its maximum length/,
    ],
    [
      "a blocked question",
      { kind: "prompt-blocked", reason: "SAFETY" },
      1,
      /^I can't answer this one: the safety rules of the AI model stopped me\./,
    ],
    [
      "an answer that is stopped for safety, and nothing of it",
      { kind: "finish", reason: "SAFETY", afterPieces: 4 },
      1,
      /^I can't answer this one(?![\s\S]*Sentence)/,
    ],
    ["its thoughts, which stay hidden", { kind: "thoughts", text: "Hm, bewildered." }, 1, WHOLE],
  ] as const satisfies [string, ModelFault, number, RegExp][]) {
    it(`when the model gives ${what}`, async () => {
      await start({ isImpatient: true });
      bench.fake.faults.order(fault, times);
      const message = await ask();
      expect(message).to.match(seen).and.not.include("bewildered");
      if ([BUSY, FAILED, QUOTA].includes(seen)) expect(message).to.match(LIBRARY_PAGE);
    });
  }

  it("when the model asks for a pause of seconds: the answer after it, also to those who come meanwhile", async () => {
    await start();
    bench.fake.faults.order({ kind: "rate-limit", retryAfterSeconds: 5 });
    const first = ask();
    await bench.clock.sleepBegun((ms) => ms === 5_375);
    const second = ask({ text: "How do I put a condom on?" });
    await bench.clock.sleepBegun((ms) => ms === 5_000);
    await bench.clock.advance(4_999);
    expect(bench.fake.callCount).to.equal(1);
    await bench.clock.advance(376);
    expect(await first).to.match(WHOLE);
    expect(await second).to.match(WHOLE);
    expect(bench.fake.callCount).to.equal(3);
  });

  it("when the model hangs: the library's page, once the time for a first word is over", async () => {
    await start();
    bench.fake.faults.order({ kind: "hang" });
    const asking = ask();
    await bench.fake.waitUntil(({ callCount }) => callCount === 1);
    await bench.clock.advance(20_000);
    expect(await asking)
      .to.match(BUSY)
      .and.match(LIBRARY_PAGE);
  });

  it("when the model drips: the answer as it grows, and then all of it", async () => {
    await start({ fake: { respond: () => "Slowly but surely." }, isImpatient: true });
    bench.fake.faults.order({ kind: "drip", everyMs: 2_000 });
    const shown: string[] = [];
    expect(await ask({ onText: (text) => void shown.push(text) })).to.match(/^Slowly but surely\./);
    expect(shown).to.include("Slowly b");
  });

  it("when the minute's quota is known: the place, the time, and the answer when it is their turn", async () => {
    await start({ fake: { requestsPerMinute: 1 }, limits: { requestsPerMinute: 1 } });
    expect(await ask()).to.match(WHOLE);
    const waits: Wait[] = [];
    const asking = ask({ text: "How do I put a condom on?", onWaiting: (wait) => void waits.push(wait) });
    await bench.clock.sleepBegun((ms) => ms === 61_000);
    expect(waits).to.deep.equal([{ place: 1, estimatedMs: 61_000 }]);
    await bench.clock.advance(61_000);
    expect(await asking).to.match(WHOLE);
    expect(bench.fake.calls.map(({ outcome }) => outcome)).to.deep.equal(["answered", "answered"]);
  });

  it("when the minute's quota is not known: the library's page for those it refuses, at once", async () => {
    await start({ fake: { requestsPerMinute: 1 } });
    expect(await ask()).to.match(WHOLE);
    expect(await ask({ text: "How do I put a condom on?" })).to.match(BUSY);
  });

  it("when the model has been down for a while: the library's page, without asking it", async () => {
    await start({ isImpatient: true });
    bench.fake.faults.order({ kind: "status", status: 503 }, 100);
    for (let person = 0; person < 4; person += 1) await ask();
    const { callCount } = bench.fake;
    expect(callCount).to.equal(10);
    expect(await ask({ text: "How do I put a condom on?" }))
      .to.match(BUSY)
      .and.match(LIBRARY_PAGE);
    expect(bench.fake.callCount).to.equal(callCount);
    bench.fake.faults.clear();
    await bench.clock.advance(10_000);
    expect(await ask()).to.match(WHOLE);
  });

  it("when the day's requests are used up: the library's page, and the model again the next day", async () => {
    await start({ limits: { requestsPerDay: 1 } });
    expect(await ask()).to.match(WHOLE);
    expect(await ask({ text: "How do I put a condom on?" })).to.match(QUOTA);
    await bench.clock.advance(24 * 3_600_000);
    expect(await ask()).to.match(WHOLE);
  });

  it("when the month's budget is spent: the library's page, and the cost is what the model's tokens were", async () => {
    const budget = { monthly: 0.001, inputPerMillionTokens: 1, outputPerMillionTokens: 10 };
    const usage = new ModelUsage({
      model: MODEL,
      budget: () => budget,
      clock: new FakeClock(),
      logger: silentLogger,
    });
    await start({ usage });
    const answer = await bench.answers.answer(question());
    const { promptTokens, outputTokens } =
      "usage" in answer && answer.usage ? answer.usage : expect.fail("no usage");
    expect(bench.answers.stats()).to.include({ isBudgetReached: true });
    expect(bench.answers.stats().models[0]).to.include({
      costThisMonth: (promptTokens * 1 + outputTokens * 10) / 1e6,
    });
    expect(await ask({ text: "How do I put a condom on?" }))
      .to.match(BUDGET)
      .and.match(LIBRARY_PAGE);
    expect(bench.fake.callCount).to.equal(1);
  });
});
