import { expect } from "chai";
import type { Answer, CallUsage, ModelAnswer } from "../../lib/answers/index.ts";
import { ModelUsage } from "../../lib/answers/scheduling/model-usage.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  API_KEY,
  type Bench,
  type BenchOptions,
  MODEL,
  question,
  startBench,
  TESTED_PROVIDERS,
} from "./support.ts";

const LOOP = "I am not able to help with that. ";
const PARAGRAPH = `${Array.from({ length: 12 }, (_, index) => `This is sentence number ${index + 1}.`).join(" ")}\n\n`;

function modelAnswer(answer: Answer): ModelAnswer {
  if (answer.kind === "answer" && answer.origin === "model") return answer;
  return expect.fail(`not the model's answer: ${JSON.stringify(answer)}`);
}

for (const provider of TESTED_PROVIDERS) {
  describe(`the truth when ${provider.title} fails`, () => {
    let bench: Bench;
    const start = async (options: BenchOptions = {}): Promise<void> => {
      bench = await startBench({ provider, isImpatient: true, ...options });
    };
    afterEach(async () => {
      await bench.stop();
      expect(bench.clock.sleeps, "timers left behind").to.deep.equal([]);
    });

    it("cuts an answer that repeats itself before the first repetition, and ends the call", async () => {
      await start({
        fake: {
          respond: () => PARAGRAPH + LOOP.repeat(2_000),
          pieces: 2_000,
          latency: () => ({ firstMs: 1, totalMs: 9_000 }),
        },
      });
      const answer = modelAnswer(await bench.answers.answer(question()));
      expect(answer.ending).to.equal("unfinished");
      expect(answer.text.match(/not able to help/g)).to.have.lengthOf(1);
      expect(answer.text.startsWith(PARAGRAPH.trim())).to.equal(true);
      await bench.fake.waitUntil(({ inFlight }) => inFlight === 0);
      expect(bench.fake.calls[0]?.outcome).to.equal("aborted");
    });

    it("cuts a loop that has only just begun when the answer ends", async () => {
      await start({ fake: { respond: () => PARAGRAPH + LOOP.repeat(5), pieces: 20 } });
      const answer = modelAnswer(await bench.answers.answer(question()));
      expect(answer.ending).to.equal("unfinished");
      expect(answer.text).to.equal((PARAGRAPH + LOOP).trim());
    });

    it("asks once more for an answer that is nothing but a loop, then gives the library's", async () => {
      await start({ fake: { respond: () => LOOP.repeat(400), pieces: 400 } });
      bench.fake.faults.order({ kind: "finish", reason: "MAX_TOKENS", afterPieces: 399 }, 2);
      expect(await bench.answers.answer(question())).to.include({ origin: "library", why: "model-failed" });
      expect(bench.fake.callCount).to.equal(2);
    });

    it("ends an answer without end at a sentence, and its call with it", async () => {
      const endless = Array.from(
        { length: 60_000 },
        (_, index) => `This is sentence number ${index} of it. `,
      ).join("");
      await start({ fake: { respond: () => endless, pieces: 60_000 } });
      const answer = modelAnswer(await bench.answers.answer(question()));
      expect(answer.ending).to.equal("length-limit");
      expect(answer.text.length).to.be.within(15_000, 16_000);
      expect(answer.text).to.match(/of it\.$/);
    });

    it("ends an answer that comes in one endless piece", async () => {
      await start({
        fake: {
          respond: () => "word ".repeat(8_000).replaceAll("word", () => String(Math.random())),
          pieces: 1,
        },
      });
      const answer = modelAnswer(await bench.answers.answer(question()));
      expect(answer.ending).to.equal("length-limit");
      expect(answer.text.length).to.be.at.most(16_000);
    });

    for (const reason of ["OTHER", "MALFORMED_FUNCTION_CALL", "SOMETHING_NEW"]) {
      it(`asks once more, and not thrice, when an answer ends with ${reason} and no text`, async () => {
        await start();
        bench.fake.faults.order({ kind: "finish", reason, afterPieces: 0 });
        modelAnswer(await bench.answers.answer(question()));
        expect(bench.fake.callCount).to.equal(2);
        bench.fake.faults.order({ kind: "finish", reason, afterPieces: 0 }, 9);
        expect(await bench.answers.answer(question())).to.include({ origin: "library", why: "model-failed" });
        expect(bench.fake.callCount).to.equal(4);
      });
    }

    describe("in another language", () => {
      const ENGLISH =
        "Condoms protect against most infections when you use them correctly every time. Check the date on the packet, open it with your fingers, and roll it all the way down before any contact.";
      const FRENCH =
        "Les préservatifs protègent contre la plupart des infections si vous les utilisez correctement à chaque fois. Vérifiez la date sur l'emballage, ouvrez-le avec les doigts et déroulez-le entièrement.";
      const LONG_ENGLISH = `${ENGLISH} If it is the wrong way round, take a new one, because there may already be semen on the outside. Afterwards hold it at the base, pull out slowly, tie a knot and put it in a bin. Never use two at once, and keep them away from heat, light and sharp things in your pocket or bag.`;
      const LONG_FRENCH = `${FRENCH} S'il est à l'envers, prenez-en un nouveau, car il peut déjà y avoir du sperme à l'extérieur. Ensuite, tenez-le à la base, retirez-vous doucement, faites un nœud et jetez-le à la poubelle. N'en mettez jamais deux à la fois, et gardez-les loin de la chaleur et des objets pointus.`;
      const SPANISH =
        "Los condones protegen contra la mayoría de las infecciones si los usas correctamente cada vez. Revisa la fecha del paquete, ábrelo con los dedos y desenróllalo por completo antes del contacto.";

      for (const [asked, language, wrong, right] of [
        ["Comment mettre un préservatif ?", "fr", ENGLISH, FRENCH],
        ["Comment mettre un préservatif pour la première fois ?", "fr", LONG_ENGLISH, LONG_FRENCH],
        ["How do I put on a condom the first time?", "en", LONG_FRENCH, LONG_ENGLISH],
        ["How do I put on a condom?", "en", FRENCH, ENGLISH],
        ["Mi novio no quiere usar condón, ¿qué puedo hacer para convencerlo?", "en", ENGLISH, SPANISH],
      ] as const) {
        it(`asks once more for an answer to “${asked}”`, async () => {
          await start({ fake: { respond: ({ system }) => (system.includes("Your draft") ? right : wrong) } });
          const answer = modelAnswer(await bench.answers.answer(question({ text: asked, language })));
          expect(answer.text).to.equal(right);
          expect(bench.fake.callCount).to.equal(2);
        });
      }

      it("keeps the answer when the second is no better, and asks no third time", async () => {
        await start({ fake: { respond: () => ENGLISH } });
        const asked = question({ text: "Comment mettre un préservatif ?", language: "fr" });
        expect(modelAnswer(await bench.answers.answer(asked)).text).to.equal(ENGLISH);
        expect(bench.fake.callCount).to.equal(2);
      });

      it("asks no second time for an answer that was cut off", async () => {
        await start({ fake: { respond: () => LONG_ENGLISH } });
        bench.fake.faults.order({ kind: "finish", reason: "MAX_TOKENS", afterPieces: 5 });
        const asked = question({ text: "Comment mettre un préservatif ?", language: "fr" });
        expect(modelAnswer(await bench.answers.answer(asked)).ending).to.equal("length-limit");
        expect(bench.fake.callCount).to.equal(1);
      });

      for (const [asked, language, text] of [
        ["How do I put on a condom?", "en", LONG_ENGLISH],
        ["Comment mettre un préservatif ?", "fr", LONG_FRENCH],
        ["How do I put on a condom?", "en", ENGLISH],
        ["Condom?", "fr", ENGLISH],
        ["Comment mettre un préservatif ?", "fr", FRENCH],
        ["Mi novio no quiere usar condón, ¿qué puedo hacer?", "en", SPANISH],
        ["PrEP PEP HIV?", "fr", ENGLISH],
      ] as const) {
        it(`asks once where it is the right one, or that is not sure: “${asked}” (${language})`, async () => {
          await start({ fake: { respond: () => text } });
          modelAnswer(await bench.answers.answer(question({ text: asked, language })));
          expect(bench.fake.callCount).to.equal(1);
        });
      }
    });

    it("counts the tokens and the cost of a call that is aborted before the model counted them", async () => {
      const budget = { inputPerMillionTokens: 1, outputPerMillionTokens: 1 };
      const usage = new ModelUsage({
        model: MODEL,
        budget: () => budget,
        clock: new FakeClock(),
        logger: silentLogger,
      });
      await start({ usage, fake: { respond: () => PARAGRAPH } });
      bench.fake.faults.order({ kind: "stall", afterPieces: 0 });
      const leaving = new AbortController();
      const asked = bench.answers
        .answer(question({ signal: leaving.signal }))
        .catch((error: Error) => error.message);
      await bench.fake.waitUntil(({ inFlight }) => inFlight === 1);
      leaving.abort(new Error("left"));
      expect(await asked).to.equal("left");
      expect(usage.costThisMonth() * 1e6).to.be.greaterThan(50);
    });

    it("tells who asks what every call used, failed, repeated and stopped ones included", async () => {
      await start({ fake: { respond: () => PARAGRAPH } });
      const calls: CallUsage[] = [];
      const onUsage = (usage: CallUsage): void => void calls.push(usage);
      bench.fake.faults.order({ kind: "cut", afterPieces: 1 });
      const { usage } = modelAnswer(await bench.answers.answer(question({ onUsage })));
      expect(calls).to.have.length(2);
      expect(calls[1]).to.deep.equal({ model: MODEL, ...usage });
      bench.fake.faults.order({ kind: "stall", afterPieces: 0 });
      const leaving = new AbortController();
      const asked = bench.answers.answer(question({ signal: leaving.signal, onUsage })).catch(() => "left");
      await bench.fake.waitUntil(({ inFlight }) => inFlight === 1);
      leaving.abort(new Error("left"));
      await asked;
      expect(calls).to.have.length(3);
      for (const { promptTokens } of calls) expect(promptTokens).to.be.greaterThan(50);
      bench.fake.faults.order({ kind: "status", status: 401 });
      await bench.answers.answer(question({ onUsage }));
      expect(calls).to.have.length(3);
    });

    it("does not count a call that the model refused", async () => {
      const budget = { inputPerMillionTokens: 1, outputPerMillionTokens: 1 };
      const usage = new ModelUsage({
        model: MODEL,
        budget: () => budget,
        clock: new FakeClock(),
        logger: silentLogger,
      });
      await start({ usage });
      bench.fake.faults.order({ kind: "status", status: 401 });
      await bench.answers.answer(question());
      expect(usage.costThisMonth()).to.equal(0);
    });

    for (const [status, message] of [
      [403, "Your API key was reported as leaked. Please use another API key."],
      [400, "User location is not supported for the API use."],
      [404, "models/x is not found for API version v1beta."],
    ] as const) {
      it(`tells operators in the provider's words why it refuses (${status}), until it answers again`, async () => {
        await start();
        const refusal = (): string | undefined => bench.answers.stats().models[0]?.refusal;
        expect(refusal()).to.equal(undefined);
        bench.fake.faults.order({ kind: "status", status, message });
        await bench.answers.answer(question());
        expect(refusal()).to.equal(message);
        expect(bench.log.lines[0]?.fields).to.include({ says: message });
        await bench.answers.answer(question());
        expect(refusal()).to.equal(undefined);
      });
    }

    it("quotes neither a key nor a person's words from the provider", async () => {
      await start();
      const key = "AIzaSyA-1234567890abcdefghijklmnopqrstu";
      bench.fake.faults.order({
        kind: "status",
        status: 400,
        message: `API key ${key} of sk-proj-abcdefgh is wrong`,
      });
      bench.fake.faults.order({
        kind: "status",
        status: 400,
        message: "Bad content: «how do I PUT on a condom?»",
      });
      await bench.answers.answer(question());
      await bench.answers.answer(question());
      const [first, second] = bench.log.lines;
      expect(first?.fields.says).to.equal("API key [secret] of [secret] is wrong");
      expect(second?.fields).not.to.have.property("says");
      expect(bench.answers.stats().models[0]?.refusal).to.match(/refused the call with status 400/);
      expect(JSON.stringify(bench.log.lines)).not.to.include(API_KEY);
    });

    it("finds out now and then whether a quota of the day that was used up is back", async () => {
      await start({ isImpatient: false });
      bench.fake.faults.order({ kind: "daily-quota" });
      const why = async (): Promise<unknown> => {
        const answer = await bench.answers.answer(question());
        return "why" in answer ? answer.why : "answered";
      };
      expect(await why()).to.equal("model-quota");
      await bench.clock.advance(9 * 60_000);
      expect(await why()).to.equal("model-quota");
      expect(bench.fake.callCount).to.equal(1);
      await bench.clock.advance(60_000);
      expect(await why()).to.equal("answered");
      expect(await why()).to.equal("answered");
    });
  });
}
