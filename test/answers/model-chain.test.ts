import { expect } from "chai";
import { type Answer, createAnswers, type LiveAnswers, openModel } from "../../lib/answers/index.ts";
import { ModelUsage } from "../../lib/answers/scheduling/model-usage.ts";
import { createFakeGemini, createFakeOpenAi, type FakeModel } from "../../lib/sandbox/models/index.ts";
import { passages } from "./passages.ts";
import { createLogBook, question, WatchedClock } from "./support.ts";

const KEY = "a-key";

for (const order of [
  ["gemini", "openai"],
  ["openai", "gemini"],
] as const) {
  describe(`two models, ${order.join(" before ")}`, () => {
    let first: FakeModel;
    let second: FakeModel;
    let clock: WatchedClock;
    let answers: LiveAnswers;
    let budgets: { monthly?: number; inputPerMillionTokens: number; outputPerMillionTokens: number }[];

    beforeEach(async () => {
      clock = new WatchedClock();
      budgets = order.map(() => ({ inputPerMillionTokens: 1, outputPerMillionTokens: 1 }));
      const logger = createLogBook();
      const open = async (provider: (typeof order)[number], index: number) => {
        const create = provider === "gemini" ? createFakeGemini : createFakeOpenAi;
        const fake = create({
          clock,
          apiKey: KEY,
          model: `${provider}-model`,
          respond: () => `From ${index}.`,
        });
        const { baseUrl } = await fake.start();
        const model = await openModel({ provider, apiKey: KEY, model: `${provider}-model`, baseUrl });
        const budget = () => budgets[index] ?? expect.fail("no budget");
        const usage = new ModelUsage({ model: model.name, budget, clock, logger });
        return { fake, available: { model, provider, limits: { maxConcurrent: 1 }, usage } };
      };
      const [one, two] = await Promise.all([open(order[0], 0), open(order[1], 1)]);
      [first, second] = [one.fake, two.fake];
      answers = createAnswers({
        passages,
        persona: "Kind.",
        rules: [],
        models: [one.available, two.available],
        clock,
        random: () => 0.5,
        logger,
      });
    });

    afterEach(async () => {
      await answers.close();
      for (const fake of [first, second]) {
        await fake.waitUntil(({ inFlight }) => inFlight === 0);
        await fake.stop();
      }
      expect(clock.sleeps, "timers left behind").to.deep.equal([]);
    });

    const ask = (): Promise<Answer> => answers.answer(question());
    const textOf = (answer: Answer): string => ("text" in answer ? answer.text : answer.kind);
    const callCounts = (): number[] => [first.callCount, second.callCount];

    it("are asked in this order, and the second not while the first answers", async () => {
      expect(await ask()).to.include({ text: "From 0.", model: `${order[0]}-model` });
      expect(callCounts()).to.deep.equal([1, 0]);
    });

    it("are left alone, and the library answers, where the asker's part of the budget is used up", async () => {
      const answer = await answers.answer(question({ isOverBudget: true }));
      expect(answer).to.include({ origin: "library", why: "person-budget" });
      expect(answers.askable({ isOverBudget: true })).to.equal("person-budget");
      expect(callCounts()).to.deep.equal([0, 0]);
      const tokens = { promptTokens: 1_000_000, outputTokens: 1_000_000 };
      budgets[1] = { inputPerMillionTokens: 3, outputPerMillionTokens: 5 };
      expect(order.map((provider) => answers.costOf(`${provider}-model`, tokens))).to.deep.equal([2, 8]);
    });

    for (const fault of [
      { kind: "daily-quota" },
      { kind: "rate-limit", retryAfterSeconds: 30 },
      { kind: "status", status: 401 },
      { kind: "status", status: 404 },
      { kind: "prompt-blocked", reason: "SAFETY" },
      { kind: "finish", reason: "SAFETY", afterPieces: 0 },
    ] as const) {
      it(`give the question to the second at once after ${JSON.stringify(fault)}`, async () => {
        first.faults.order(fault);
        expect(await ask()).to.include({ text: "From 1.", model: `${order[1]}-model` });
        expect(callCounts()).to.deep.equal([1, 1]);
      });
    }

    for (const fault of [{ kind: "status", status: 503 }, { kind: "reset" }, { kind: "empty" }] as const) {
      it(`ask the first once more after ${JSON.stringify(fault)}, then the second`, async () => {
        first.faults.order(fault, 2);
        const answering = ask();
        await clock.passPause();
        expect(textOf(await answering)).to.equal("From 1.");
        expect(callCounts()).to.deep.equal([2, 1]);
      });
    }

    it("leave the first alone while its quota of the day is used up", async () => {
      first.faults.order({ kind: "daily-quota" });
      await ask();
      expect(textOf(await ask())).to.equal("From 1.");
      expect(callCounts()).to.deep.equal([1, 2]);
      expect(answers.stats()).to.include({ limit: 2, breaker: "closed", isBudgetReached: false });
    });

    it("leave the first alone once its budget is spent, at its own prices", async () => {
      budgets[0] = { monthly: 0.000_001, inputPerMillionTokens: 1, outputPerMillionTokens: 1 };
      expect(textOf(await ask())).to.equal("From 0.");
      expect(textOf(await ask())).to.equal("From 1.");
      expect(answers.stats().models.map(({ isBudgetReached }) => isBudgetReached)).to.deep.equal([
        true,
        false,
      ]);
    });

    it("are both tried before the library answers, which gives the reason of the last", async () => {
      first.faults.order({ kind: "daily-quota" });
      second.faults.order({ kind: "status", status: 401 });
      expect(await ask()).to.include({ origin: "library", why: "model-failed" });
    });

    it("answer people under 18 only where the operator named them", async () => {
      const young = () => answers.answer(question({ profile: { ageGroup: "under-18" } }));
      expect(await young()).to.include({ origin: "library", why: "under-18" });
      expect(callCounts()).to.deep.equal([0, 0]);
      expect(answers.askable({ ageGroup: "under-18" })).to.equal("under-18");
      const material = { passages, persona: "Kind.", rules: [] };
      for (const name of ["openai", "openai-model"]) {
        await answers.setMaterial({ ...material, underAgeModels: [name] });
        expect(textOf(await young())).to.equal(order[0] === "openai" ? "From 0." : "From 1.");
        expect(answers.askable({ ageGroup: "under-18" })).to.equal("model");
      }
      await answers.setMaterial({ ...material, underAgeModels: ["another"] });
      expect(await young()).to.include({ why: "under-18" });
      await answers.summarise({ turns: [], ageGroup: "under-18", signal: new AbortController().signal });
      const [gemini] = order[0] === "gemini" ? [first] : [second];
      expect(gemini.callCount).to.equal(0);
    });

    it("are asked about files only where they read them", () => {
      expect(answers.askable({ mimeTypes: ["video/mp4"] })).to.equal("model");
      expect(answers.askable({})).to.equal("model");
    });

    it("must both refuse before a question counts as refused", async () => {
      first.faults.order({ kind: "prompt-blocked", reason: "SAFETY" });
      second.faults.order({ kind: "prompt-blocked", reason: "SAFETY" });
      expect(await ask()).to.include({ kind: "blocked" });
      expect(callCounts()).to.deep.equal([1, 1]);
    });
  });
}
