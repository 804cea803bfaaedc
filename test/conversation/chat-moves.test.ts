import { expect } from "chai";
import { ChatMoves } from "../../lib/conversation/index.ts";
import { createChatMoveStore } from "../../lib/store/collections/messages/chat-moves.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { useEmptyDatabase } from "../support/empty-database.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeTelegram } from "../support/fake-telegram.ts";
import { ANN, BOT, GROUP, OPERATOR, OPERATORS, Scene } from "./scene.ts";

const OLD_GROUP = { ...GROUP, type: "group" };
const NEW_GROUP = { ...GROUP, id: -1005 };
const NEW_OPERATORS = { ...OPERATORS, id: -1009 };

describe("a group that becomes a supergroup", () => {
  const empty = useEmptyDatabase();
  let clock: FakeClock;
  let telegram: FakeTelegram;
  let scene: Scene;

  beforeEach(() => {
    clock = new FakeClock();
    telegram = new FakeTelegram(clock.now);
    scene = new Scene(empty.db, empty.content, { clock, telegram });
  });

  /** From now on Telegram refuses the old id, and names the new one. */
  function upgrade(from: number, to: number): void {
    telegram.decide = ({ params }) =>
      params.chat_id === from ? { fails: { kind: "moved", toChatId: to } } : "ok";
  }

  async function restart(): Promise<void> {
    const { seq } = scene;
    scene = new Scene(empty.db, empty.content, { clock, telegram });
    scene.seq = seq;
    await scene.moves.load();
  }

  const moved = (from: object, to: number): Update =>
    scene.message(OPERATOR, { migrate_to_chat_id: to }, from as typeof GROUP);

  /** Ann asks for a person, and the operators see it. */
  async function handOver(): Promise<void> {
    await scene.say(ANN, "/start");
    await scene.press(ANN, "person:ask");
  }

  it("passes an operator's reply on to the person after a restart", async () => {
    await handOver();
    upgrade(OPERATORS.id, NEW_OPERATORS.id);
    await scene.handle(moved(OPERATORS, NEW_OPERATORS.id));
    await restart();
    await scene.say(ANN, "Are you there?");
    const question = scene.lastMessageId(NEW_OPERATORS.id);
    await scene.reply(OPERATOR, NEW_OPERATORS, question, { text: "Yes, I am." });
    expect(scene.last(ANN.id)).to.contain("Yes, I am.");
    expect(scene.questions).to.deep.equal([]);
  });

  it("finds the hand-over of the very message that met the move", async () => {
    await handOver();
    upgrade(OPERATORS.id, NEW_OPERATORS.id);
    await scene.say(ANN, "Are you there?"); // Telegram's refusal is the first that is heard of it
    expect(scene.last(NEW_OPERATORS.id)).to.contain("Are you there?");
    for (const isRestarted of [false, true]) {
      if (isRestarted) await restart();
      await scene.reply(OPERATOR, NEW_OPERATORS, scene.lastMessageId(NEW_OPERATORS.id), { text: "Yes" });
      expect(scene.last(ANN.id)).to.contain("Yes");
    }
  });

  it("counts a move from its arrival, before its turn", async () => {
    await handOver();
    upgrade(OPERATORS.id, NEW_OPERATORS.id);
    const move = moved(OPERATORS, NEW_OPERATORS.id);
    scene.conversation.arrived(scene.conversation.parse({ seq: 50, chatKey: "chat:-9", update: move }));
    await scene.say(ANN, "Are you there?");
    await scene.reply(OPERATOR, NEW_OPERATORS, scene.lastMessageId(NEW_OPERATORS.id), { text: "Yes" });
    expect(scene.last(ANN.id)).to.contain("Yes");
  });

  it("is told to those who keep something under the old id, wherever it arrived, and once", async () => {
    const heard: number[] = [];
    scene.moves.onMoved((fromChatId) => heard.push(fromChatId));
    scene.moves.learn(-5, -1005);
    scene.moves.heard(-6, -1006);
    scene.moves.heard(-6, -1006);
    expect(heard).to.deep.equal([-5, -6]);
  });

  it("answers the group's first question again after the move, without an apology", async () => {
    const question = scene.message(ANN, { text: `@${BOT.username} How?` }, OLD_GROUP);
    await scene.handle(question);
    const { seq } = scene;
    upgrade(OLD_GROUP.id, NEW_GROUP.id);
    await scene.handle(moved(OLD_GROUP, NEW_GROUP.id));
    await scene.handle(question, seq);
    await restart();
    await scene.handle(question, seq);
    await scene.say(ANN, `@${BOT.username} And why?`, NEW_GROUP);
    const sessions = await scene.collection("sessions").find({ isActive: true }).toArray();
    expect(sessions.map(({ chatKey }) => chatKey)).to.deep.equal([`chat:${NEW_GROUP.id}`]);
    const messages = await scene.collection("messages").distinct("sessionId");
    expect(messages).to.have.length(1);
  });

  it("sends what was stored for the old id to the new one, in order, without a refused call", async () => {
    await scene.moves.note(OLD_GROUP.id, NEW_GROUP.id);
    upgrade(OLD_GROUP.id, NEW_GROUP.id);
    await scene.outbox.record(
      [1, 2].map((step) => ({
        seq: 1,
        step,
        chatKey: `chat:${OLD_GROUP.id}`,
        chatId: OLD_GROUP.id,
        method: "sendMessage",
        params: { chat_id: OLD_GROUP.id, text: `${step}` },
      })),
    );
    await scene.delivered();
    expect(scene.texts(NEW_GROUP.id)).to.deep.equal(["1", "2"]);
    expect(telegram.calls).to.have.length(2);
  });

  it("follows a second move, and is not led in a circle", async () => {
    const operators = { userIds: [], chatId: -1 as number | undefined };
    const store = createChatMoveStore(empty.db);
    const moves = new ChatMoves({ store, operators, clock });
    await moves.note(-2, -3);
    await moves.note(-1, -2);
    await moves.note(-3, -1);
    expect(moves.chatIdOf(-1)).to.equal(-3);
    expect(moves.chatKeyOf("chat:-1:7")).to.equal("chat:-3:7");
    expect(operators.chatId).to.equal(-3);
  });
});
