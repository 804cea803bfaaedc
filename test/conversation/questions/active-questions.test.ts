import { expect } from "chai";
import type { Answer, Question } from "../../../lib/answers/index.ts";
import { fingerprint } from "../../../lib/core/index.ts";
import { createPersonalHistoryStore } from "../../../lib/store/privacy/personal-history.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { withoutOnboarding } from "../../support/sample.ts";
import { ANN, GROUP, MODEL_ANSWER, Talk } from "../talk.ts";

/** Answers when told to, and ends when its question is aborted. */
function slowAnswer(): {
  answer: (question: Question) => Promise<Answer>;
  asked: Promise<Question>;
  finish(): void;
} {
  let tellAsked: (question: Question) => void;
  let finish: (answer: Answer) => void = () => {};
  const asked = new Promise<Question>((resolve) => (tellAsked = resolve));
  return {
    asked,
    answer: (question) =>
      new Promise((resolve, reject) => {
        finish = resolve;
        question.signal.addEventListener("abort", () => reject(question.signal.reason as Error));
        tellAsked(question);
      }),
    finish: () => finish(MODEL_ANSWER),
  };
}

describe("a question while it is answered", () => {
  const empty = useEmptyDatabase(withoutOnboarding);
  let talk: Talk;

  beforeEach(() => {
    talk = new Talk(empty.db, empty.content);
  });

  const history = () => empty.db.collection("messages").find().sort({ seq: 1, sender: -1 }).toArray();

  it("lets a few others go first at the model while more of the same chat is queued", async () => {
    const orders: number[] = [];
    talk.answer = async ({ order }) => {
      orders.push(order ?? 0);
      return MODEL_ANSWER;
    };
    const [how, why] = [talk.message({ text: "How?" }), talk.message({ text: "And why?" })];
    talk.arrive(how, 1);
    talk.arrive(why, 2);
    await talk.turn(how, 1);
    await talk.turn(why, 2);
    const [first = 0, second = 0] = orders;
    expect(second).to.equal(2); // its turn
    expect(first).to.be.within(10, 30);
  });

  it("has no lower priority for being cut by Telegram", async () => {
    const [beginning, rest] = [talk.message({ text: "word ".repeat(800) }), talk.message({ text: "end?" })];
    talk.arrive(beginning, 1);
    talk.arrive(rest, 2);
    await talk.turn(beginning, 1, undefined, [{ seq: 2, update: rest }]);
    expect(talk.questions.map(({ order }) => order)).to.deep.equal([1]);
  });

  it("ends at once when it is cancelled, and says so once", async () => {
    const slow = slowAnswer();
    talk.answer = slow.answer;
    const handled = talk.handle(talk.message({ text: "How?" }), 1);
    await slow.asked;
    const cancel = talk.message({ text: "/cancel" });
    talk.arrive(cancel, 2);
    await handled;
    await talk.turn(cancel, 2);
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
    expect((await history()).map(({ kind }) => kind)).to.deep.equal(["question", "notice"]);
  });

  it("keeps what its calls used when it is cancelled, for the person's budget", async () => {
    const slow = slowAnswer();
    talk.answer = slow.answer;
    const handled = talk.handle(talk.message({ text: "How?" }), 1);
    (await slow.asked).onUsage?.({ model: "m", promptTokens: 900, outputTokens: 20 });
    talk.arrive(talk.message({ text: "/cancel" }), 2);
    await handled;
    const spent = { model: "m", prompt: 900, output: 20 };
    expect((await history()).map((message) => message.spent)).to.deep.equal([undefined, [spent]]);
    const stored = createPersonalHistoryStore(empty.db);
    expect(await stored.tokensSince(ANN.id, new Date(0), 3)).to.deep.equal([spent]);
  });

  it("ends by the stop button below the waiting message, which says the place in the queue", async () => {
    const slow = slowAnswer();
    talk.answer = slow.answer;
    const handled = talk.handle(talk.message({ text: "How?" }), 1);
    (await slow.asked).onWaiting?.({ place: 12, estimatedMs: 41_000 });
    expect(talk.waits[0]?.markdown).to.match(/number 12.*about 40 s/);
    (await slow.asked).onWaiting?.({ place: 40, estimatedMs: 120_000 });
    expect(talk.waits[1]?.markdown).to.match(/number 40.*about 2 minutes/);
    const press = talk.press(talk.waits[0]?.buttons[0]?.callback_data ?? "");
    talk.arrive(press, 2);
    await handled;
    await talk.turn(press, 2);
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
    expect(talk.sends[0]?.edits).to.equal("1:0");
    await talk.handle(talk.press(talk.waits[0]?.buttons[0]?.callback_data ?? ""), 3);
    expect(talk.last.text).to.equal(empty.content.translate("en", "cancel.nothing"));
  });

  it("ends by Telegram's own stop button, which stops no later question", async () => {
    const slow = slowAnswer();
    talk.answer = slow.answer;
    const handled = talk.handle(talk.message({ text: "How?" }), 1);
    await slow.asked;
    const later = talk.message({ text: "And why?" });
    talk.arrive(later, 2);
    const stop = talk.update({ stopped_message_generation: { chat: talk.chat, draft_id: 2 } });
    talk.arrive(stop, 3);
    await handled;
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
    talk.answer = async () => MODEL_ANSWER;
    await talk.turn(later, 2);
    await talk.turn(stop, 3);
    expect(talk.questions.map(({ text }) => text)).to.deep.equal(["How?", "And why?"]);
    expect(talk.bubbles).to.have.length(2);
  });

  it("is answered as edited when the edit is above the limit per minute", async () => {
    const { content } = empty;
    const limits = { ...content.bot.limits, messagesPerMinute: 1 };
    talk = new Talk(empty.db, { ...content, bot: { ...content.bot, limits } });
    const slow = slowAnswer();
    talk.answer = slow.answer;
    const question = talk.message({ text: "Hwo?" });
    const handled = talk.handle(question, 1);
    await slow.asked;
    const edit = talk.update({ edited_message: { ...question.message, text: "How?", edit_date: 1 } });
    talk.arrive(edit, 2);
    await handled;
    talk.answer = async () => MODEL_ANSWER;
    expect(talk.conversation.refuses(talk.parse(2, "chat:100", edit))).to.equal(false);
    await talk.turn(edit, 2);
    expect(talk.questions.map(({ text }) => text)).to.deep.equal(["Hwo?", "How?"]);
    expect(talk.last.text).to.match(/Use a new one/);
  });

  it("is answered once when its suggestion is tapped twice, and again when it is tapped later", async () => {
    const suggestion = `ask:${fingerprint(empty.content.bot.suggestions.en?.[0] ?? "")}`;
    const [first, second] = [talk.press(suggestion), talk.press(suggestion)];
    talk.arrive(first, 1);
    talk.arrive(second, 2);
    await talk.turn(first, 1);
    await talk.turn(second, 2);
    await talk.handle(talk.press(suggestion), 3); // the library answers faster than a finger taps
    expect(talk.questions).to.have.length(1);
    expect(talk.acknowledged).to.have.length(3);
    await talk.clock.advance(5_000);
    await talk.handle(talk.press(suggestion), 4);
    expect(talk.questions).to.have.length(2);
  });

  it("leaves no waiting message behind when it is given up, and keeps an answer that was sent", async () => {
    const question = talk.message({ text: "How?" });
    talk.arrive(question, 1);
    await talk.conversation.giveUp(talk.parse(1, "chat:100", question));
    expect(talk.sends.map(({ edits }) => edits)).to.deep.equal(["1:0"]);
    const answered = talk.message({ text: "Why?" });
    await talk.handle(answered, 2);
    await talk.conversation.giveUp(talk.parse(2, "chat:100", answered));
    expect(talk.sends.at(-1)?.params.text).to.equal(empty.content.translate("en", "error.apology"));
    expect(talk.sends.at(-1)).not.to.have.property("edits");
  });

  it("asks for no rating of an answer that was never given", async () => {
    const feedback = { ...empty.content.bot.feedback, milestones: [1] };
    talk = new Talk(empty.db, { ...empty.content, bot: { ...empty.content.bot, feedback } });
    const [question, cancel] = [talk.message({ text: "How?" }), talk.message({ text: "/cancel" })];
    talk.arrive(question, 1);
    talk.arrive(cancel, 2);
    await talk.turn(question, 1);
    await talk.turn(cancel, 2);
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
    await talk.handle(talk.message({ text: "And now?" }), 3);
    expect(talk.last.text).to.equal(empty.content.translate("en", "rating.question"));
  });

  describe("that comes with a file", () => {
    const photo = [{ file_id: "photo", file_unique_id: "p", width: 90, height: 90 }];

    /** A download that ends only when it is aborted. */
    function slowDownload(): Promise<void> {
      talk.files.add("photo");
      return new Promise((begun) => {
        talk.onDownload = (signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason as Error));
            begun();
          });
      });
    }

    it("ends at once when it is cancelled while the file is fetched", async () => {
      const downloading = slowDownload();
      const handled = talk.handle(talk.message({ photo, caption: "What is this?" }), 1);
      await downloading;
      const cancel = talk.message({ text: "/cancel" });
      talk.arrive(cancel, 2);
      await handled;
      await talk.turn(cancel, 2);
      expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
      expect(talk.questions).to.deep.equal([]);
      expect((await history()).map(({ kind }) => kind)).to.deep.equal(["question", "notice"]);
    });

    it("is answered only as edited when it is edited while the file is fetched", async () => {
      const downloading = slowDownload();
      const question = talk.message({ photo, caption: "What is tihs?" });
      const handled = talk.handle(question, 1);
      await downloading;
      talk.onDownload = async () => {};
      const edit = talk.update({
        edited_message: { ...question.message, caption: "What is this?", edit_date: 1 },
      });
      talk.arrive(edit, 2);
      await handled;
      await talk.turn(edit, 2);
      expect(talk.questions.map(({ text }) => text)).to.deep.equal(["What is this?"]);
      expect(talk.texts).to.have.length(1);
    });
  });

  it("can be cancelled while its last words are shown, and says so", async () => {
    const cancel = talk.message({ text: "/cancel" });
    talk.onStop = async () => {
      talk.onStop = async () => {};
      talk.arrive(cancel, 2);
    };
    await talk.handle(talk.message({ text: "How?" }), 1);
    await talk.turn(cancel, 2);
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
  });

  it("is answered when the cancellation comes after that, which says that there is nothing to cancel", async () => {
    const cancel = talk.message({ text: "/cancel" });
    let effects = 0;
    talk.onEffect = () => {
      effects += 1;
      if (talk.questions.length === 1 && effects > 0) {
        talk.onEffect = () => {};
        talk.arrive(cancel, 2); // while the answer is stored
      }
    };
    await talk.handle(talk.message({ text: "How?" }), 1);
    await talk.turn(cancel, 2);
    expect(talk.texts[0]).to.match(/Use a new one/);
    expect(talk.texts[1]).to.equal(empty.content.translate("en", "cancel.nothing"));
  });

  it("says once that it was cancelled, though the process died before the message was sent", async () => {
    const [question, cancel] = [talk.message({ text: "How?" }), talk.message({ text: "/cancel" })];
    talk.arrive(question, 1);
    talk.arrive(cancel, 2);
    let isDead = false;
    talk.onEffect = () => {
      if (isDead) throw new Error("killed");
    };
    talk.onStop = async () => {
      isDead = (await history()).length === 2;
    };
    await talk.turn(question, 1).catch(() => {});
    expect((await history()).map(({ kind }) => kind)).to.deep.equal(["question", "notice"]);
    expect(talk.texts).to.deep.equal([]);
    talk.onEffect = () => {};
    talk.onStop = async () => {};
    talk.restart();
    talk.arrive(question, 1);
    talk.arrive(cancel, 2);
    await talk.turn(question, 1);
    await talk.turn(cancel, 2);
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
  });

  it("has been cancelled though the process died before the cancellation had its turn", async () => {
    const [question, cancel] = [talk.message({ text: "How?" }), talk.message({ text: "/cancel" })];
    talk.arrive(question, 1);
    talk.arrive(cancel, 2);
    await talk.turn(question, 1);
    talk.restart();
    talk.arrive(cancel, 2);
    await talk.turn(cancel, 2);
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
  });

  describe("in two messages, because Telegram cut it", () => {
    const FIRST = "word ".repeat(800);

    async function askInTwo(): Promise<[object, object]> {
      const [beginning, rest] = [talk.message({ text: FIRST }), talk.message({ text: "How long?" })];
      talk.arrive(beginning, 1);
      talk.arrive(rest, 2);
      await talk.turn(beginning, 1, undefined, [{ seq: 2, update: rest }]);
      talk.seq = 2;
      return [beginning.message ?? {}, rest.message ?? {}];
    }

    const edit = (message: object, text: string) =>
      talk.update({ edited_message: { ...message, text, edit_date: 1 } });

    it("keeps the other when one of them is edited, and again", async () => {
      const [beginning, rest] = await askInTwo();
      await talk.handle(edit(rest, "How often?"));
      expect(talk.questions[1]?.text).to.equal(`${FIRST}\nHow often?`);
      await talk.handle(edit(beginning, `Dear bot, ${FIRST}`));
      expect(talk.questions[2]?.text).to.equal(`Dear bot, ${FIRST}\nHow often?`);
      talk.restart();
      await talk.handle(edit(rest, "And why?"));
      expect(talk.questions[3]?.text).to.equal(`Dear bot, ${FIRST}\nAnd why?`);
      expect(talk.texts.filter((text) => text.startsWith("You changed the question"))).to.have.length(3);
    });

    it("is not answered again when the edit changed no word", async () => {
      const [, rest] = await askInTwo();
      await talk.handle(edit(rest, "How long?"));
      expect(talk.questions).to.have.length(1);
    });

    it("is answered only as edited when the second one is edited while it waits", async () => {
      const [beginning, rest] = [talk.message({ text: FIRST }), talk.message({ text: "Hwo?" })];
      const edited = edit(rest.message ?? {}, "How?");
      for (const [index, update] of [beginning, rest, edited].entries()) talk.arrive(update, index + 1);
      await talk.turn(beginning, 1, undefined, [{ seq: 2, update: rest }]);
      await talk.turn(edited, 3);
      expect(talk.questions.map(({ text }) => text)).to.deep.equal([`${FIRST}\nHow?`]);
      expect(talk.texts).to.have.length(1);
    });
  });

  it("is not begun when it was cancelled before its turn came", async () => {
    const [question, cancel] = [talk.message({ text: "How?" }), talk.message({ text: "/cancel" })];
    talk.arrive(question, 1);
    talk.arrive(cancel, 2);
    await talk.turn(question, 1);
    await talk.turn(cancel, 2);
    expect(talk.questions).to.deep.equal([]);
    await talk.handle(talk.message({ text: "And now?" }), 3);
    expect(talk.last.text).to.match(/Use a new one/);
  });

  it("ends by its stop button when it was asked as a channel, which cannot press one", async () => {
    talk.chat = GROUP;
    const slow = slowAnswer();
    talk.answer = slow.answer;
    const from = { id: 136817688, is_bot: true, first_name: "Channel" };
    const sender_chat = { id: -1005551, type: "channel", title: "News" };
    const handled = talk.handle(talk.message({ text: "@helpline_bot how?", from, sender_chat }), 1);
    (await slow.asked).onWaiting?.({ place: 12, estimatedMs: 41_000 });
    talk.arrive(talk.press(talk.waits[0]?.buttons[0]?.callback_data ?? ""), 2);
    await handled;
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "cancel.question")]);
  });

  it("can be cancelled in a group only by its author", async () => {
    talk.chat = GROUP;
    const question = talk.message({ text: "@helpline_bot how?" });
    const cancel = talk.message({ text: "/cancel", from: { id: 200, is_bot: false, first_name: "Bo" } });
    talk.arrive(question, 1);
    talk.arrive(cancel, 2);
    await talk.turn(question, 1);
    expect(talk.last.text).to.match(/Use a new one/);
  });

  it("is answered only as edited when it is edited while it waits", async () => {
    const question = talk.message({ text: "Hwo?" });
    const edited = (text: string) =>
      talk.update({ edited_message: { ...question.message, text, edit_date: 1 } });
    const [first, second] = [edited("How"), edited("How?")];
    for (const [index, update] of [question, first, second].entries()) talk.arrive(update, index + 1);
    await talk.turn(question, 1);
    await talk.turn(first, 2);
    await talk.turn(second, 3);
    expect(talk.questions.map(({ text }) => text)).to.deep.equal(["How?"]);
    expect(talk.texts).to.have.length(1);
  });

  it("is answered again when it is edited later, and its old answer is marked and no longer counts", async () => {
    const question = talk.message({ text: "Why?" });
    await talk.handle(question, 1);
    talk.answer = async () => ({ ...MODEL_ANSWER, text: "Another answer." });
    const edit = talk.update({ edited_message: { ...question.message, text: "How?", edit_date: 1 } });
    await talk.handle(edit, 2);
    expect(talk.texts[0]).to.match(/^You changed the question since.*\n\nUse a new one/);
    expect(talk.last.text).to.match(/^Another answer\./);
    expect(talk.sends[1]?.params.reply_parameters).to.deep.include({
      message_id: question.message?.message_id,
    });
    expect(talk.questions[1]?.history).to.deep.equal([]);
    const before = structuredClone(talk.bubbles);
    talk.restart();
    await talk.handle(edit, 2);
    expect(talk.bubbles).to.deep.equal(before);
  });

  it("is asked again with its file when the caption is edited", async () => {
    const photo = [{ file_id: "photo", file_unique_id: "p", width: 90, height: 90 }];
    talk.files.add("photo");
    const question = talk.message({ photo, caption: "What is this?" });
    await talk.handle(question, 1);
    const edited = { ...question.message, caption: "How do I use this?", edit_date: 1 };
    await talk.handle(talk.update({ edited_message: edited }), 2);
    expect(talk.questions.map(({ text, attachments }) => [text, attachments?.length])).to.deep.equal([
      ["What is this?", 1],
      ["How do I use this?", 1],
    ]);
    expect(talk.texts).to.have.length(2);
    expect(talk.texts[0]).to.match(/^You changed the question since/);
  });

  it("keeps its answer when the caption of a file of an album is edited: Telegram does not send the others again", async () => {
    const album = {
      photo: [{ file_id: "photo", file_unique_id: "p", width: 9, height: 9 }],
      media_group_id: "a",
    };
    talk.files.add("photo");
    const question = talk.message({ ...album, caption: "Which of these?" });
    await talk.handle(question, 1);
    const edit = talk.update({ edited_message: { ...question.message, caption: "Why?", edit_date: 1 } });
    talk.arrive(edit, 2);
    await talk.turn(edit, 2);
    expect(talk.questions).to.have.length(1);
    expect(talk.texts).to.have.length(1);
  });

  it("is not answered again when Telegram reports an edit that changed no word", async () => {
    const question = talk.message({ text: "Why?" });
    await talk.handle(question, 1);
    await talk.handle(talk.update({ edited_message: { ...question.message, edit_date: 1 } }), 2);
    expect(talk.questions).to.have.length(1);
    expect(talk.texts).to.have.length(1);
  });

  it("is asked by an edit that adds the mention, in a group only", async () => {
    await talk.handle(talk.update({ edited_message: { ...talk.message({ text: "How?" }).message } }));
    expect(talk.questions).to.deep.equal([]);
    talk.chat = GROUP;
    const said = talk.message({ text: "How?" });
    await talk.handle(said);
    await talk.handle(talk.update({ edited_message: { ...said.message, text: "@helpline_bot How?" } }));
    expect(talk.questions.map(({ text }) => text)).to.deep.equal(["How?"]);
  });

  it("is quoted by its answer when other messages came between", async () => {
    const [first, second] = [talk.message({ text: "One?" }), talk.message({ text: "Two?" })];
    talk.arrive(first, 1);
    talk.arrive(second, 2);
    await talk.turn(first, 1);
    await talk.turn(second, 2);
    expect(talk.sends[0]?.params.reply_parameters).to.deep.include({
      message_id: first.message?.message_id,
    });
    expect(talk.sends[1]?.params).not.to.have.property("reply_parameters");
  });

  it("gets help first when it sounds like danger, and operators are told without its text", async () => {
    talk.checkRisk = (text) => (/harm/.test(text) ? { id: "self-harm", help: "Call somebody." } : null);
    await talk.say("I want to harm myself");
    expect(talk.texts[0]).to.equal("Call somebody.");
    expect(talk.last.text).to.match(/Use a new one/);
    const alert = await talk.toldOperators();
    expect(alert).to.match(/Ann.*self-harm.*\/user 100/);
    expect(alert).not.to.match(/myself/);
    await talk.say("/start harm");
    expect(talk.texts.filter((text) => text === "Call somebody.")).to.have.length(2);
  });

  it("gets help after its answer when only the model saw the danger", async () => {
    talk.answer = async () => ({ ...MODEL_ANSWER, risk: "violence" });
    await talk.say("He is coming");
    expect(talk.last.text).to.equal("Help for violence");
    expect(await talk.toldOperators()).to.match(/Ann.*violence/);
  });
});
