import { expect } from "chai";
import { createAnswerCacheStore } from "../../../lib/store/collections/answers/answer-cache.ts";
import { type Bench, type BenchOptions, startBench, TESTED_PROVIDERS } from "../../answers/support.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { ANN, PRIVATE, Talk } from "../talk.ts";

const QUESTION = "How do I put on a condom?";
const UNKNOWN = "What is the capital of France?";
const LOOP = "I am not able to help with that. ";
const PARAGRAPH = `${Array.from({ length: 12 }, (_, index) => `This is sentence number ${index + 1}.`).join(" ")}\n\n`;

for (const provider of TESTED_PROVIDERS) {
  describe(`a conversation while ${provider.title} is in trouble`, () => {
    const empty = useEmptyDatabase();
    let bench: Bench;
    let talk: Talk;

    const start = async (options: BenchOptions = {}): Promise<void> => {
      bench = await startBench({ provider, isImpatient: true, ...options });
      talk = new Talk(empty.db, empty.content);
      talk.answer = (question) => bench.answers.answer(question);
      talk.reject = (text) => bench.answers.reject(text);
    };
    afterEach(async () => await bench.stop());

    const promptOfLastCall = (): string => {
      const { system, turns } = bench.fake.calls.at(-1) ?? expect.fail("no call");
      return JSON.stringify([system, turns]);
    };

    for (const [what, fault] of [
      ["question", { kind: "prompt-blocked", reason: "SAFETY" }],
      ["answer", { kind: "finish", reason: "SAFETY", afterPieces: 3 }],
    ] as const) {
      it(`goes on after a filter refused the ${what}: the next prompt is without it`, async () => {
        await start();
        await talk.say(QUESTION);
        bench.fake.faults.order(fault);
        await talk.say("My forbidden phrase is here.");
        expect(talk.texts.join("\n"))
          .to.match(/can't answer this one/)
          .and.match(/\/new starts afresh/);
        await talk.say("And how long does it last?");
        expect(promptOfLastCall()).to.include(QUESTION).and.include("how long does it last");
        expect(promptOfLastCall()).not.to.include("forbidden").and.not.include("answer this one");
      });
    }

    it("tells the person that it is thinking, makes one call, and shows the answer", async () => {
      await start({
        isImpatient: false,
        fake: { latency: () => ({ firstMs: 25_000, totalMs: 25_000 }) },
        answers: { firstWordMs: 90_000 },
      });
      const asking = talk.say(QUESTION);
      await bench.clock.sleepBegun((ms) => ms === 25_000);
      await bench.clock.advance(19_999);
      expect(talk.waits).to.deep.equal([]);
      await bench.clock.advance(1);
      expect(talk.waits.map(({ markdown }) => markdown)).to.deep.equal([
        empty.content.translate("en", "wait.thinking"),
      ]);
      expect(talk.last.buttons, "can be stopped").to.have.lengthOf(1);
      await bench.clock.advance(5_000);
      await asking;
      expect(talk.texts.join("\n")).to.include("Here is what our library says");
      expect(talk.texts.join("\n")).not.to.include("still thinking");
      expect(bench.fake.calls.map(({ outcome }) => outcome)).to.deep.equal(["answered"]);
    });

    for (const [what, fault, says] of [
      ["fails", { kind: "status", status: 500 }, /something went wrong on my side/],
      ["is busy", { kind: "status", status: 503 }, /too much is going on/],
      ["refuses the key", { kind: "status", status: 403 }, /something went wrong on my side/],
      ["has no quota left today", { kind: "daily-quota" }, /send it again in a few hours/],
    ] as const) {
      it(`says which it was, and not that nothing was found, when the model ${what}`, async () => {
        await start();
        bench.fake.faults.order(fault, 9);
        await talk.say(UNKNOWN);
        expect(talk.texts.join("\n"))
          .to.match(says)
          .and.not.match(/found nothing|other words/);
      });
    }

    it("shows a loop once, and keeps it once in the history", async () => {
      await start({ fake: { respond: () => PARAGRAPH + LOOP.repeat(400), pieces: 400 } });
      await talk.say(QUESTION);
      const LOOPS = /not able to help/g;
      expect(talk.texts.join("\n").match(LOOPS)).to.have.lengthOf(1);
      await talk.say("And how long does it last?");
      expect(promptOfLastCall().match(LOOPS)).to.have.lengthOf(1);
    });

    it("gives an answer with a thumb down to nobody again, the person included", async () => {
      const cache = createAnswerCacheStore(empty.db);
      await start({
        fake: { respond: () => `Answer number ${bench.fake.callCount}.` },
        answers: { cache, answersDays: 7 },
      });
      const askAs = async (id: number): Promise<string> => {
        talk.chat = { ...PRIVATE, id };
        const before = talk.texts.length;
        await talk.say(QUESTION, { from: { ...ANN, id } });
        return talk.texts.slice(before).join("\n");
      };
      expect(await askAs(200)).to.include("Answer number 1.");
      expect(await askAs(ANN.id)).to.include("Answer number 1.");
      expect(bench.fake.callCount).to.equal(1);
      await talk.tap("👎");
      expect(await askAs(ANN.id)).to.include("Answer number 2.");
      expect(await askAs(300)).to.include("Answer number 3.");
      expect(await askAs(400)).to.include("Answer number 3.");
    });
  });
}
