import { expect } from "chai";
import { ModelEmbedder, openModel } from "../../../lib/answers/index.ts";
import { ModelUsage } from "../../../lib/answers/scheduling/model-usage.ts";
import type { FakeModel, ModelFault } from "../../../lib/sandbox/models/index.ts";
import { API_KEY, createLogBook, MODEL, TESTED_PROVIDERS, WatchedClock } from "../support.ts";

const EMBEDDING_MODEL = "embedding-test";

for (const provider of TESTED_PROVIDERS) {
  describe(`embeddings of ${provider.title}`, () => {
    let fake: FakeModel;
    let clock: WatchedClock;
    let log: ReturnType<typeof createLogBook>;
    let usage: ModelUsage;
    let embedder: ModelEmbedder;
    const signal = new AbortController().signal;

    beforeEach(async () => {
      clock = new WatchedClock();
      log = createLogBook();
      fake = provider.createFake({ clock, apiKey: API_KEY, model: MODEL });
      const { baseUrl } = await fake.start();
      const model = await openModel({
        provider: provider.name,
        apiKey: API_KEY,
        model: MODEL,
        embeddingModel: EMBEDDING_MODEL,
        baseUrl,
      });
      const budget = { inputPerMillionTokens: 1_000_000, outputPerMillionTokens: 0, monthly: 20 };
      usage = new ModelUsage({ model: EMBEDDING_MODEL, budget: () => budget, clock, logger: log });
      embedder = new ModelEmbedder({ model, usage, clock, logger: log });
    });

    afterEach(() => fake.stop());

    const ask = () => embedder.ofQuestion(["Which lube?", "and where?"], signal);
    const failTimes = async (fault: ModelFault, times: number): Promise<void> => {
      fake.faults.order(fault, times);
      for (let count = 0; count < times; count += 1) expect(await ask()).to.equal(null);
    };

    it("gives a vector for each text of a question, in one call", async () => {
      expect(await ask()).to.have.lengthOf(2);
      expect(fake.embedded).to.deep.equal([["Which lube?", "and where?"]]);
    });

    it("gives up a question after a second, and learns from it", async () => {
      for (let count = 0; count < 3; count += 1) {
        fake.faults.order({ kind: "hang" });
        const asked = ask();
        await clock.passPause((ms) => ms === 1_000);
        expect(await asked).to.equal(null);
      }
      expect(embedder.stats().breaker).to.equal("open");
    });

    it("leaves an endpoint that fails three times alone, and tries again", async () => {
      await failTimes({ kind: "status", status: 500 }, 3);
      expect(await ask()).to.equal(null);
      expect(fake.embedded).to.have.lengthOf(3);
      expect(log.lines.map(({ message }) => message)).to.deep.equal([
        "embedding-test fails; the library is searched by words alone until it is back",
      ]);
      await clock.advance(10_000);
      expect(await ask()).to.have.lengthOf(2);
      expect(embedder.stats()).to.include({ breaker: "closed", isPaused: false });
    });

    it("waits as long as the provider asks for", async () => {
      await failTimes({ kind: "rate-limit", retryAfterSeconds: 42 }, 1);
      expect(embedder.stats().isPaused).to.equal(true);
      await clock.advance(41_000);
      expect(await ask()).to.equal(null);
      expect(fake.embedded).to.have.lengthOf(1);
      await clock.advance(1_000);
      expect(await ask()).to.have.lengthOf(2);
    });

    it("says once that it is refused, and tries again after ten minutes", async () => {
      await failTimes({ kind: "status", status: 403, message: "No." }, 1);
      await clock.advance(600_000);
      await failTimes({ kind: "status", status: 403, message: "No." }, 1);
      expect(fake.embedded).to.have.lengthOf(2);
      expect(log.lines.map(({ message }) => message)).to.deep.equal([
        "embedding-test refuses to embed; the library is searched by words alone",
      ]);
    });

    it("counts its tokens, and stops when its budget is spent", async () => {
      for (let count = 0; count < 4; count += 1) expect(await ask()).to.have.lengthOf(2);
      expect(embedder.stats().costThisMonth).to.equal(24); // six tokens a call, at a unit each
      expect(usage.requestsToday()).to.equal(4);
      expect(await ask()).to.equal(null);
      expect(fake.embedded).to.have.lengthOf(4);
    });

    it("embeds at most eight questions at the same time", async () => {
      fake.faults.order({ kind: "hang" }, 8);
      const leaving = new AbortController();
      const held = Array.from({ length: 8 }, () => embedder.ofQuestion(["x"], leaving.signal));
      expect(await ask()).to.equal(null);
      leaving.abort(new Error("left"));
      for (const { status } of await Promise.allSettled(held)) expect(status).to.equal("rejected");
      fake.faults.clear();
      expect(await ask()).to.have.lengthOf(2);
    });
  });
}
