import { expect } from "chai";
import type { Failure } from "../../../lib/telegram/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import type { ReceivedCall } from "../../support/fake-telegram.ts";
import { ANN, OPERATOR, OPERATORS, Scene } from "../scene.ts";

const BLOCKED: Failure = { kind: "blocked" };
const refusal = (description: string): Failure => ({ kind: "refused", errorCode: 400, description });

describe("a relayed message that is not delivered", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });
  afterEach(() => scene.conversation.stop());

  /** Lets every call that matches fail from now on. */
  const fail = (failure: Failure, matches: (call: ReceivedCall) => boolean): void => {
    scene.telegram.decide = (call) => (matches(call) ? { fails: failure } : "ok");
  };
  const toOperators = ({ params }: ReceivedCall): boolean => params.chat_id === OPERATORS.id;
  const ask = () => scene.press(ANN, "person:ask");
  const requestId = () => scene.telegram.chats.get(OPERATORS.id)?.[0]?.id ?? 0;
  const replyAs = (fields: object) => scene.reply(OPERATOR, OPERATORS, requestId(), fields);

  for (const failure of [
    BLOCKED,
    refusal("Bad Request: chat not found"),
    refusal("Bad Request: TOPIC_CLOSED"),
    refusal("Bad Request: not enough rights to send text messages to the chat"),
  ]) {
    const name = failure.kind === "refused" ? failure.description : "a bot that was removed";
    it(`returns the person to the bot when nobody can be asked (${name})`, async () => {
      fail(failure, toOperators);
      await ask();
      expect(scene.last(ANN.id)).to.match(/cannot reach anyone from the team/);
      expect(scene.conversation.operatorsProblem()).to.match(/operators' chat cannot be written to/);
      await scene.say(ANN, "How do condoms work?");
      expect(scene.questions).to.deep.equal(["How do condoms work?"]);
    });
  }

  it("returns the person to the bot when the operators' chat is lost during a hand-over", async () => {
    await ask();
    fail(BLOCKED, toOperators);
    await scene.say(ANN, "Hello?");
    expect(scene.last(ANN.id)).to.match(/cannot reach anyone from the team/);
    await scene.say(ANN, "Is anybody there?");
    expect(scene.questions).to.deep.equal(["Is anybody there?"]);
  });

  it("offers no person, and promises none, while nobody can be reached", async () => {
    fail(BLOCKED, toOperators);
    await ask();
    await ask();
    expect(scene.last(ANN.id)).to.match(/nobody from the team can be reached/);
  });

  it("is told to the operators below their reply when the person blocked the bot", async () => {
    await ask();
    fail(BLOCKED, ({ params }) => params.chat_id === ANN.id);
    await replyAs({ text: "Hello" });
    const told = scene.telegram.calls.findLast(toOperators);
    expect(told?.params.text).to.match(/^#1 Ann has blocked the bot/);
    expect(told?.params.reply_parameters).to.have.property("message_id");
    await replyAs({ text: "Still there?" });
    expect(scene.last(OPERATORS.id)).to.match(/Nothing was sent/);
  });

  it("is told to the operators when the person's settings refuse it, and the person sees no empty message", async () => {
    await ask();
    const before = scene.texts(ANN.id).length;
    fail(refusal("Bad Request: VOICE_MESSAGES_FORBIDDEN"), ({ method }) => method === "copyMessage");
    for (const fields of [{ voice: { file_id: "v" } }, { poll: { type: "quiz" } }, { sticker: {} }]) {
      await replyAs(fields);
      const told = scene.telegram.calls.findLast(toOperators);
      expect(told?.params.text).to.match(/^This did not reach #1 Ann/);
      expect(scene.texts(ANN.id)).to.have.lengthOf(before);
    }
    await replyAs({ text: "In words, then" });
    expect(scene.last(ANN.id)).to.match(/In words, then$/);
  });

  it("is told to both sides when the operators cannot be shown it", async () => {
    await ask();
    fail(refusal("Bad Request: message can't be copied"), ({ method }) => method === "copyMessage");
    await scene.handle(scene.message(ANN, { sticker: {} }));
    expect(scene.last(ANN.id)).to.match(/cannot pass on messages of that kind/);
    expect(scene.last(OPERATORS.id)).to.match(/^💬 #1 Ann\n\(a message of a kind/);
    await scene.say(ANN, "In words");
    expect(scene.last(OPERATORS.id)).to.equal("💬 #1 Ann\nIn words");
  });

  it("shows a message without a caption before the line with its sender", async () => {
    await ask();
    await replyAs({ sticker: {} });
    const calls = scene.telegram.calls.filter(({ params }) => params.chat_id === ANN.id).slice(-2);
    expect(calls.map(({ method }) => method)).to.deep.equal(["copyMessage", "sendMessage"]);
  });

  it("keeps the formatting of a caption behind the sender", async () => {
    await ask();
    const caption_entities = [{ type: "bold", offset: 0, length: 3 }];
    await replyAs({ photo: [{ file_id: "p" }], caption: "See here", caption_entities });
    const copy = scene.telegram.calls.findLast(({ method }) => method === "copyMessage");
    expect(copy?.params).to.deep.include({
      caption: "👤 Someone from the team:\nSee here",
      caption_entities: [{ type: "bold", offset: 26, length: 3 }],
    });
  });

  describe("about danger", () => {
    beforeEach(() => {
      scene.checkRisk = (text) => (/kill/.test(text) ? { id: "self-harm", help: "Call somebody." } : null);
    });

    it("goes to every operator's private chat when the operators' chat is lost", async () => {
      fail(refusal("Bad Request: chat not found"), toOperators);
      await scene.say(ANN, "I want to kill myself");
      await scene.until(() => /Ann/.test(scene.texts(OPERATOR.id).join()));
      expect(scene.conversation.operatorsProblem()).to.match(/chat not found|TELEGRAM/);
    });

    it("makes the bot unready when no operator can be reached", async () => {
      fail(BLOCKED, ({ params }) => params.chat_id === OPERATORS.id || params.chat_id === OPERATOR.id);
      await scene.say(ANN, "I want to kill myself");
      await scene.until(() => /danger reached no operator/.test(scene.conversation.operatorsProblem() ?? ""));
      await scene.clock.advance(25 * 60 * 60_000);
      expect(scene.conversation.operatorsProblem()).to.match(/operators' chat/);
    });
  });

  describe("to an operators' chat that is checked", () => {
    it("names it at the start, and notices when it can be written to again", async () => {
      fail(refusal("Bad Request: chat not found"), toOperators);
      await scene.conversation.start();
      await scene.until(() => scene.conversation.operatorsProblem() !== null);
      expect(scene.conversation.operatorsProblem()).to.match(/chat not found/);
      scene.telegram.decide = () => "ok";
      await scene.clock.advance(60_000);
      await scene.until(() => scene.conversation.operatorsProblem() === null);
    });

    const isMessage = (call: ReceivedCall): boolean => toOperators(call) && call.method === "sendMessage";
    const checks = () => scene.telegram.calls.filter(({ method }) => method === "sendChatAction").length;

    it("names a forum whose topic is closed at the start, by a message that it deletes", async () => {
      scene.telegram.described.set(OPERATORS.id, { is_forum: true });
      fail(refusal("Bad Request: TOPIC_CLOSED"), isMessage);
      await scene.conversation.start();
      await scene.until(() => /TOPIC_CLOSED/.test(scene.conversation.operatorsProblem() ?? ""));
      scene.telegram.decide = () => "ok";
      await scene.pass(60_000);
      expect(scene.conversation.operatorsProblem()).to.equal(null);
      expect(scene.texts(OPERATORS.id)).to.deep.equal([]);
      const sent = scene.telegram.calls.findLast(isMessage);
      expect(sent?.params.disable_notification).to.equal(true);
    });

    it("writes nothing into a group that is no forum at the start", async () => {
      await scene.conversation.start();
      await scene.pass(20 * 60_000);
      expect(checks()).to.be.at.least(2);
      expect(scene.telegram.calls.filter(isMessage)).to.deep.equal([]);
    });

    it("stays lost after a failed send until a message can be sent, whatever a chat action says", async () => {
      await scene.conversation.start();
      fail(refusal("Bad Request: not enough rights to send text messages to the chat"), isMessage);
      await ask();
      expect(scene.conversation.operatorsProblem()).to.match(/cannot be written to/);
      const before = checks();
      await scene.pass(20 * 60_000);
      expect(checks()).to.be.greaterThan(before);
      expect(scene.conversation.operatorsProblem()).to.match(/cannot be written to/);
      scene.telegram.decide = () => "ok";
      await scene.pass(10 * 60_000);
      expect(scene.conversation.operatorsProblem()).to.equal(null);
    });

    it("is checked at once when something arrives from it", async () => {
      fail(BLOCKED, toOperators);
      await scene.conversation.start();
      await scene.until(() => scene.conversation.operatorsProblem() !== null);
      scene.telegram.decide = () => "ok";
      const update = scene.message(OPERATOR, { text: "Hello" }, OPERATORS);
      scene.conversation.arrived(scene.conversation.parse({ seq: 1, chatKey: "chat:-9", update }));
      await scene.until(() => scene.conversation.operatorsProblem() === null);
    });

    it("does not take an outage of Telegram for a lost chat", async () => {
      fail({ kind: "not-sent" }, toOperators);
      await scene.conversation.start();
      await scene.until(() => scene.telegram.calls.some(({ method }) => method === "sendChatAction"));
      expect(scene.conversation.operatorsProblem()).to.equal(null);
    });
  });
});
