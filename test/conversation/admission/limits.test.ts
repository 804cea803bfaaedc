import { expect } from "chai";
import type { Answer } from "../../../lib/answers/index.ts";
import { Limits } from "../../../lib/conversation/admission/limits.ts";
import type { Exchange } from "../../../lib/conversation/exchange.ts";
import type { PeopleStore, PersonalHistoryStore } from "../../../lib/store/index.ts";
import { migrate } from "../../../lib/store/migrations.ts";
import { openTestDatabase } from "../../support/database.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { ANN, BEN, GROUP, OPERATOR, Scene } from "../scene.ts";

describe("limits", () => {
  const empty = useEmptyDatabase((sample) => {
    const limits = { ...sample.bot.limits, messagesPerMinute: 3, questionsPerDay: 5 };
    return { ...sample, bot: { ...sample.bot, limits } };
  });
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });

  const tooFast = (): number => scene.texts(ANN.id).filter((text) => /a lot at once/.test(text)).length;

  it("answer a number of messages a minute, say so once, and start afresh in the next minute", async () => {
    for (let message = 1; message <= 6; message += 1) await scene.say(ANN, `Question ${message}?`);
    expect(scene.questions).to.have.length(3);
    expect(tooFast()).to.equal(1);
    await scene.clock.advance(61_000);
    await scene.say(ANN, "And now?");
    expect(scene.questions).to.have.length(4);
    for (let message = 1; message <= 3; message += 1) await scene.say(ANN, "/help");
    expect(tooFast()).to.equal(2);
  });

  it("count a message by when it was sent: messages that waited while the bot was away are no flood", async () => {
    const sentAgo = (seconds: number): number => Math.floor(scene.clock.now() / 1000) - seconds;
    for (let message = 5; message >= 1; message -= 1) {
      await scene.handle(scene.message(ANN, { text: `Question ${message}?`, date: sentAgo(message * 30) }));
    }
    expect(scene.questions).to.have.length(5);
    expect(tooFast()).to.equal(0);
    for (let message = 1; message <= 4; message += 1) {
      await scene.handle(scene.message(BEN, { text: `Question ${message}?`, date: sentAgo(3600 - message) }));
    }
    expect(scene.questions).to.have.length(8);
  });

  it("count a day's questions by when they were asked, though the bot was away when they came", async () => {
    const start = scene.clock.now() / 1000;
    const asked = Array.from({ length: 8 }, (_, hour) =>
      scene.message(ANN, { text: `Question ${hour}?`, date: start + hour * 8 * 3600 }),
    );
    await scene.clock.advance(57 * 3_600_000);
    for (const message of asked) await scene.handle(message);
    expect(scene.questions).to.have.length(8);
  });

  it("last a minute when the system's clock is set back an hour", async () => {
    for (let message = 1; message <= 4; message += 1) await scene.press(ANN, "age:skip");
    for (let message = 1; message <= 4; message += 1) await scene.say(ANN, `Question ${message}?`);
    const answered = scene.questions.length;
    scene.clock.setWallClock(-3_600_000);
    await scene.clock.advance(61_000);
    await scene.press(ANN, "ask:none");
    await scene.say(ANN, "And now?");
    expect(scene.questions).to.have.length(answered + 1);
  });

  it("concern one person, and never an operator", async () => {
    for (let message = 1; message <= 4; message += 1) await scene.say(ANN, `Question ${message}?`);
    await scene.say(BEN, "And I?");
    expect(scene.questions.at(-1)).to.equal("And I?");
    for (let message = 1; message <= 10; message += 1) await scene.say(OPERATOR, `Question ${message}?`);
    expect(scene.questions).to.have.length(14);
  });

  it("count an update once, however often it is handled", async () => {
    const question = scene.message(ANN, { text: "How?" });
    for (let time = 0; time < 5; time += 1) await scene.handle(question, 1);
    await scene.say(ANN, "Why?");
    await scene.say(ANN, "When?");
    expect(scene.questions).to.deep.equal(["How?", "Why?", "When?"]);
    expect(tooFast()).to.equal(0);
  });

  it("say the same again when the first message above the limit is handled again", async () => {
    for (let message = 1; message <= 3; message += 1) await scene.say(ANN, `Question ${message}?`);
    const tooMany = scene.message(ANN, { text: "One more?" });
    await scene.handle(tooMany, 4);
    await scene.handle(tooMany, 4);
    expect(tooFast()).to.equal(1);
  });

  it("answer a number of questions a day, say so once, and answer again a day later", async () => {
    for (let question = 1; question <= 8; question += 1) {
      await scene.say(ANN, `Question ${question}?`);
      await scene.clock.advance(60_000);
    }
    expect(scene.questions).to.have.length(5);
    expect(scene.texts(ANN.id).filter((text) => /5 questions within a day/.test(text))).to.have.length(1);
    await scene.clock.advance(24 * 3_600_000);
    await scene.say(ANN, "And now?");
    expect(scene.questions.at(-1)).to.equal("And now?");
  });

  it("count the questions of groups with those of the private chat, except for the very first one there", async () => {
    for (let question = 1; question <= 5; question += 1) {
      await scene.say(ANN, `@helpline_bot question ${question}?`, GROUP);
      await scene.clock.advance(60_000);
    }
    for (const text of ["Do you know me?", "And now?"]) await scene.say(ANN, text);
    expect(scene.questions.slice(5)).to.deep.equal(["Do you know me?"]);
    expect(scene.last(ANN.id)).to.match(/5 questions within a day/);
  });

  it("count each edit of a question", async () => {
    const question = scene.message(ANN, { text: "How?" });
    await scene.handle(question);
    for (let time = 1; time <= 8; time += 1) {
      await scene.clock.advance(60_000);
      await scene.edit(question, `How ${time}?`);
    }
    expect(scene.questions).to.have.length(5);
    expect(scene.last(ANN.id)).to.match(/5 questions within a day/);
  });

  it("are not reset by erasing everything", async () => {
    await scene.say(ANN, "One?");
    for (let message = 1; message <= 4; message += 1) {
      await scene.press(ANN, "forget:yes:1");
      await scene.say(ANN, "More?");
    }
    expect(scene.questions.length).to.be.at.most(2);
    await scene.clock.advance(61_000);
    for (let time = 1; time <= 4; time += 1) {
      await scene.say(ANN, "More?");
      await scene.press(ANN, "forget:yes:1");
      await scene.say(ANN, "And more?");
      await scene.clock.advance(61_000);
    }
    expect(scene.questions).to.have.length(5);
    await scene.clock.advance(24 * 3_600_000);
    await scene.say(ANN, "And now?");
    expect(scene.questions.at(-1)).to.equal("And now?");
  });

  it("answer the last question of the day again when it is handled again", async () => {
    for (let question = 1; question <= 4; question += 1) {
      await scene.say(ANN, `Question ${question}?`);
      await scene.clock.advance(60_000);
    }
    const fifth = scene.message(ANN, { text: "The fifth?" });
    scene.answer = async () => {
      throw new Error("the process died");
    };
    await scene.handle(fifth, 5).catch(() => {});
    const restarted = new Scene(empty.db, empty.content, { clock: scene.clock });
    await restarted.handle(fifth, 5);
    expect(restarted.questions).to.deep.equal(["The fifth?"]);
  });

  it("ignore a flood without reading or writing anything", async () => {
    const database = await openTestDatabase();
    await migrate(database.db, scene.clock);
    scene = new Scene(database.db, empty.content);
    for (let message = 1; message <= 4; message += 1) await scene.say(ANN, `Question ${message}?`);
    await database.close(); // any query fails from now on
    for (let message = 1; message <= 1_000; message += 1) await scene.say(ANN, "flood");
    expect(scene.questions).to.have.length(3);
  });

  it("count the history again only near the limit of the day, and after ten minutes", async () => {
    const { clock } = scene;
    const kept = [0, 3, 5];
    const counts: number[] = [];
    const limits = new Limits({
      content: empty.content,
      people: { change: async () => {} } as unknown as PeopleStore,
      personalHistory: {
        countSince: async () => {
          const count = kept.shift() ?? 5;
          counts.push(count);
          return count;
        },
        hasQuestion: async () => false,
      } as unknown as PersonalHistoryStore,
      erasures: { find: async () => null },
      answers: { costOf: () => 0 },
      operators: { userIds: [], chatId: undefined },
      clock,
    });
    const exchange = { personId: 100, person: {}, language: "en", isOperator: false, isPrivate: true };
    const ask = async (seq: number): Promise<boolean> => {
      const at = new Date(clock.now());
      return (await limits.refuseQuestion({ ...exchange, seq, at } as Exchange)) === null;
    };
    for (const seq of [1, 2, 3]) expect(await ask(seq)).to.equal(true);
    expect(counts).to.deep.equal([0]);
    await clock.advance(10 * 60_000 + 1);
    for (const seq of [4, 5]) expect(await ask(seq)).to.equal(true);
    expect(counts).to.deep.equal([0, 3]);
    expect(await ask(6)).to.equal(false);
    expect(counts).to.deep.equal([0, 3, 5]);
  });
});

describe("the budget of one person", () => {
  const empty = useEmptyDatabase((sample) => {
    const budget = { ...sample.bot.budget, perPersonDaily: 1 };
    return { ...sample, bot: { ...sample.bot, budget } };
  });
  let scene: Scene;

  /** A call that costs 0.5. */
  const CALL = { model: "m", promptTokens: 100, outputTokens: 200 };
  const ANSWER: Answer = {
    kind: "answer",
    origin: "model",
    text: "An answer.",
    sources: [],
    model: "m",
    ending: "complete",
    timing: { waitMs: 0, totalMs: 1 },
  };

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
    scene.answer = async ({ onUsage }) => {
      onUsage?.(CALL);
      return ANSWER;
    };
  });

  it("is what the questions of the last day cost; beyond it no model is asked for them", async () => {
    for (let question = 1; question <= 3; question += 1) await scene.say(ANN, `Question ${question}?`);
    await scene.say(BEN, "And me?");
    expect(scene.overBudget).to.deep.equal([false, false, true, false]);
    await scene.clock.advance(24 * 3_600_000 + 1);
    await scene.say(ANN, "And today?");
    expect(scene.overBudget.at(-1)).to.equal(false);
  });

  it("is used up as well by calls that led to no answer", async () => {
    scene.answer = async ({ onUsage }) => {
      onUsage?.(CALL);
      return { kind: "nothing-found", why: "model-failed" };
    };
    for (let question = 1; question <= 3; question += 1) await scene.say(ANN, `Question ${question}?`);
    expect(scene.overBudget).to.deep.equal([false, false, true]);
  });

  it("is not given back by /forget", async () => {
    for (let question = 1; question <= 2; question += 1) await scene.say(ANN, `Question ${question}?`);
    await scene.say(ANN, "/forget");
    await scene.press(ANN, `forget:yes:${scene.seq}`);
    await scene.say(ANN, "Once more?");
    expect(scene.overBudget).to.deep.equal([false, false, true]);
  });

  it("does not bound operators", async () => {
    for (let question = 1; question <= 3; question += 1) await scene.say(OPERATOR, `Question ${question}?`);
    expect(scene.overBudget).to.deep.equal([false, false, false]);
  });
});
