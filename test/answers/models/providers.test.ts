import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { type Model, openModel } from "../../../lib/answers/index.ts";
import type { ModelPiece } from "../../../lib/answers/models/model.ts";
import type { ModelError } from "../../../lib/answers/models/model-error.ts";
import type { FakeModel, FakeModelOptions, ModelFault } from "../../../lib/sandbox/models/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { API_KEY, MODEL, TESTED_PROVIDERS } from "../support.ts";

const EMBEDDING_MODEL = "embedding-test";
const prompt = {
  system: "Be kind.",
  turns: [{ role: "user" as const, parts: [{ text: "Secret question?" }] }],
};

for (const provider of TESTED_PROVIDERS) {
  describe(`the client of ${provider.title}`, () => {
    let fake: FakeModel;
    let model: Model;
    let address: string;

    const start = async (options: Partial<FakeModelOptions> = {}): Promise<void> => {
      fake = provider.createFake({ clock: new FakeClock(), apiKey: API_KEY, model: MODEL, ...options });
      const { baseUrl } = await fake.start();
      address = baseUrl;
      const embeddingModel = EMBEDDING_MODEL;
      model = await openModel({
        provider: provider.name,
        apiKey: API_KEY,
        model: MODEL,
        embeddingModel,
        baseUrl,
      });
    };
    const ask = async (streamed = true): Promise<ModelPiece[]> => {
      const signal = new AbortController().signal;
      const pieces: ModelPiece[] = [];
      for await (const piece of model.ask(prompt, { signal, attachments: [], streamed })) pieces.push(piece);
      return pieces;
    };
    const failure = async (fault: ModelFault): Promise<ModelError> => {
      await start();
      fake.faults.order(fault);
      return await ask().then(
        () => expect.fail("was answered"),
        (error: unknown) => error as ModelError,
      );
    };

    afterEach(async () => await fake.stop());

    it("leaves the program's other requests to the same address alone", async () => {
      await start();
      fake.faults.order({ kind: "status", status: 503 });
      await ask().catch(() => undefined);
      const { status } = await fetch(`${address}/v1beta/models/${MODEL}`); // without the key
      expect(status).to.be.oneOf([401, 403, 404]);
    });

    describe("when it is sent to another address", () => {
      let elsewhere: Server;
      let visitors: IncomingMessage[];

      beforeEach(async () => {
        visitors = [];
        elsewhere = createServer((request, response) => {
          visitors.push(request);
          response.end("{}");
        });
        await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
      });
      afterEach(() => elsewhere.close());

      for (const status of [301, 302, 303, 307, 308]) {
        it(`takes neither key nor question there (${status})`, async () => {
          const to = `http://localhost:${(elsewhere.address() as AddressInfo).port}/v1`;
          const error = await failure({ kind: "redirect", status, to });
          expect(error.code).to.equal("MODEL_REFUSED");
          expect(error.providerSays()).to.match(/redirects to another address/);
          fake.faults.order({ kind: "redirect", status, to });
          await model.embed(["Secret question?"], new AbortController().signal).catch(() => undefined);
          expect(visitors).to.deep.equal([]);
        });
      }
    });

    for (const usage of [
      null,
      undefined,
      "many",
      7,
      {},
      { promptTokenCount: null, candidatesTokenCount: null, prompt_tokens: null, completion_tokens: null },
      { promptTokenCount: "x", prompt_tokens: "x" },
      { promptTokenCount: -1, prompt_tokens: -1 },
      { promptTokenCount: [1], prompt_tokens: { a: 1 } },
    ]) {
      it(`is answered all the same when its tokens are counted as ${JSON.stringify(usage)}`, async () => {
        await start({ respond: () => "A good answer." });
        fake.faults.order({ kind: "odd-usage", usage }, 2);
        for (const streamed of [true, false]) {
          const pieces = await ask(streamed);
          expect(pieces.map(({ text }) => text).join("")).to.equal("A good answer.");
          expect(pieces.flatMap(({ usage: counted }) => counted ?? [])).to.deep.equal([]);
        }
      });
    }

    it("keeps the count that is known beside one that is not", async () => {
      await start();
      for (const unknown of [null, "many", -1, {}]) {
        const usage = {
          promptTokenCount: 12,
          candidatesTokenCount: unknown,
          prompt_tokens: 12,
          completion_tokens: unknown,
        };
        fake.faults.order({ kind: "odd-usage", usage });
        expect((await ask(false)).at(-1)?.usage).to.deep.equal({ promptTokens: 12, outputTokens: 0 });
      }
    });

    it("reads token counts that are written as strings", async () => {
      await start();
      const usage = {
        promptTokenCount: "12",
        candidatesTokenCount: "3",
        prompt_tokens: "12",
        completion_tokens: "3",
      };
      fake.faults.order({ kind: "odd-usage", usage });
      expect((await ask(false)).at(-1)?.usage).to.deep.equal({ promptTokens: 12, outputTokens: 3 });
    });

    it("hears how long to wait from the error, else from the header or the sentence", async () => {
      expect((await failure({ kind: "rate-limit", retryAfterSeconds: 7 })).retryAfterMs).to.equal(7_000);
      await fake.stop();
      const body = { error: { code: 429, message: "Slow down." } };
      const headers = { "Retry-After": "9" };
      expect((await failure({ kind: "error-body", status: 429, body, headers })).retryAfterMs).to.equal(
        9_000,
      );
      await fake.stop();
      const named = { error: { code: 503, message: "Overloaded. Please retry in 3.5s." } };
      expect((await failure({ kind: "error-body", status: 503, body: named })).retryAfterMs).to.equal(3_500);
    });

    for (const body of [
      {},
      [],
      { error: null },
      { error: "text" },
      { error: { message: 7 } },
      { detail: "x" },
    ]) {
      it(`takes an error of the shape ${JSON.stringify(body)} for what its status says`, async () => {
        expect((await failure({ kind: "error-body", status: 500, body })).code).to.equal(
          "MODEL_SERVER_ERROR",
        );
      });
    }

    for (const [what, response] of [
      ["a response without end", { respond: () => "word ".repeat(1_200_000), pieces: 1_000 }],
      ["a response that is one line without end", { respond: () => "x".repeat(1024 * 1024), pieces: 1 }],
    ] as const) {
      it(`ends ${what}`, async () => {
        await start(response);
        // Google's client finds an unfinished line; the other one a stream that ends without a finish.
        const outcome = await ask().then(
          (pieces) => pieces.some(({ finish }) => finish !== undefined),
          (error: ModelError) => error.code,
        );
        expect(outcome).to.be.oneOf([false, "MODEL_MALFORMED"]);
      });
    }

    describe("asked for embeddings", () => {
      const signal = new AbortController().signal;

      it("gives one vector for each text, in order, alike for alike texts", async () => {
        await start();
        const [first, second, third] = await model.embed(["late period", "a condom", "period late"], signal);
        expect(first).to.be.instanceOf(Float32Array).and.deep.equal(third);
        expect(first)
          .to.have.lengthOf(second?.length ?? -1)
          .and.not.deep.equal(second);
      });

      it("sends as many texts as it is given, in several requests", async () => {
        await start();
        const texts = Array.from({ length: 230 }, (_, index) => `text number ${index}`);
        const all = await model.embed(texts, signal);
        const [last] = await model.embed(["text number 229"], signal);
        expect(all).to.have.lengthOf(230);
        expect(all[229]).to.deep.equal(last);
      });

      it("fails as any call does, and ends with its signal", async () => {
        await start();
        fake.faults.order({ kind: "status", status: 503 });
        const busy = await model.embed(["x"], signal).catch((error: ModelError) => error.code);
        expect(busy).to.equal("MODEL_OVERLOADED");
        const leaving = new AbortController();
        fake.faults.order({ kind: "hang" });
        const hanging = model.embed(["x"], leaving.signal).catch((error: Error) => error.message);
        leaving.abort(new Error("left"));
        expect(await hanging).to.equal("left");
      });

      it("says that it has no model for them", async () => {
        await start();
        const without = await openModel({
          provider: provider.name,
          apiKey: API_KEY,
          baseUrl: undefined,
          model: MODEL,
        });
        const code = await without.embed(["x"], signal).catch((error: ModelError) => error.code);
        expect(code).to.equal("MODEL_CANNOT_EMBED");
      });
    });
  });
}
