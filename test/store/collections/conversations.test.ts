import { expect } from "chai";
import {
  type ConversationStore,
  createConversationStore,
  messageId,
} from "../../../lib/store/collections/people/conversations.ts";
import { createPeopleStore } from "../../../lib/store/collections/people/people.ts";
import type { MessageRecord } from "../../../lib/store/records.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { emptyDatabase } from "../../support/empty-database.ts";

const CHAT = "chat:1";

function request(seq: number, chatKey = CHAT) {
  return { chatKey, telegramUserId: 1, seq, at: new Date(1000 * seq) };
}

function message(seq: number, sender: MessageRecord["sender"], sessionId: string): MessageRecord {
  return {
    _id: messageId(seq, sender),
    seq,
    sessionId,
    chatKey: CHAT,
    telegramUserId: 1,
    sender,
    kind: sender === "person" ? "question" : "answer",
    text: `${sender} ${seq}`,
    at: new Date(1000 * seq + (sender === "bot" ? 1 : 0)),
  };
}

describe("the conversation store", () => {
  let database: TestDatabase;
  let conversations: ConversationStore;

  before(async () => {
    database = await openTestDatabase();
  });

  beforeEach(async () => {
    await emptyDatabase(database.db);
    conversations = createConversationStore(database.db);
  });

  after(() => database.close());

  it("opens one session for a chat and keeps it", async () => {
    const session = await conversations.currentSession(request(1));
    expect(await conversations.currentSession(request(2))).to.deep.equal(session);
    expect(await conversations.currentSession(request(3, "chat:2"))).not.to.include({ _id: session._id });
  });

  it("opens only one session for two concurrent calls", async () => {
    const sessions = await Promise.all([1, 2, 3, 4].map((seq) => conversations.currentSession(request(seq))));
    expect(new Set(sessions.map(({ _id }) => _id)).size).to.equal(1);
  });

  it("changes the flow position once for an update, and never back", async () => {
    const { _id } = await conversations.currentSession(request(1));
    const at = new Date(0);
    const position = (node: string) => ({
      frames: [{ flow: "f", version: "0", node, answers: {}, trail: [] }],
      isStopped: false,
      at,
    });
    const nodeNow = async () => (await conversations.activeSession(CHAT))?.flow?.frames[0]?.node;
    await conversations.moveSession(_id, 5, { flow: position("a"), saved: { name: "Ann" } });
    await conversations.moveSession(_id, 5, { flow: position("b"), saved: {} });
    await conversations.moveSession(_id, 4, { flow: null, saved: {} });
    expect(await nodeNow()).to.equal("a");
    expect((await conversations.activeSession(CHAT))?.saved).to.deep.equal({ name: "Ann" });
    await conversations.moveSession(_id, 6, { flow: null, saved: {} });
    expect(await nodeNow()).to.equal(undefined);
  });

  it("ends a session with its flow, which a new session may continue", async () => {
    const flow = { frames: [], isStopped: true, at: new Date(0) };
    await conversations.currentSession(request(1));
    expect(await conversations.newSession(request(2), flow)).to.deep.include({ flow });
    await conversations.endSession(request(2));
    expect(await conversations.activeSession(CHAT)).to.deep.include({ flow });
    await conversations.endSession(request(3));
    expect(await conversations.activeSession(CHAT)).to.equal(null);
  });

  it("finds a question by its message, and withdraws it with its answer", async () => {
    const { _id } = await conversations.currentSession(request(1));
    for (const seq of [1, 2]) {
      await conversations.addMessage({ ...message(seq, "person", _id), telegramMessageId: 70 });
      await conversations.addMessage(message(seq, "bot", _id));
    }
    const at = (telegramId: number, beforeSeq: number) =>
      conversations.questionAt({ chatKey: CHAT, messageId: telegramId, beforeSeq });
    expect((await at(70, 9))?.seq).to.equal(2);
    expect((await at(70, 2))?.seq).to.equal(1);
    expect(await at(71, 9)).to.equal(null);
    await conversations.withdraw(1);
    const kinds = (await conversations.history(_id, 9, 9)).map(({ kind }) => kind);
    expect(kinds).to.deep.equal(["notice", "notice", "question", "answer"]);
  });

  it("starts a new session on request, once however often the request is repeated", async () => {
    const old = await conversations.currentSession(request(1));
    const fresh = await conversations.newSession(request(5));
    expect(fresh._id).not.to.equal(old._id);
    expect(await conversations.newSession(request(5))).to.deep.equal(fresh);
    expect(await conversations.currentSession(request(6))).to.deep.equal(fresh);
  });

  it("does not end a newer session when an older request is repeated", async () => {
    const fresh = await conversations.newSession(request(5));
    expect(await conversations.newSession(request(3))).to.deep.equal(fresh);
  });

  it("goes on in the session that an update opened, though it has ended, without reopening it", async () => {
    const first = await conversations.currentSession(request(1));
    await conversations.endSession(request(2));
    expect(await conversations.currentSession(request(1))).to.include({ _id: first._id, isActive: false });
    expect(await conversations.activeSession(CHAT)).to.equal(null);
  });

  it("adds a message of an update once", async () => {
    expect(await conversations.addMessage(message(1, "person", "s"))).to.equal(true);
    expect(await conversations.addMessage({ ...message(1, "person", "s"), text: "again" })).to.equal(false);
    expect((await conversations.history("s", 9, 20)).map(({ text }) => text)).to.deep.equal(["person 1"]);
  });

  it("finds the reply to an update", async () => {
    await conversations.addMessage(message(1, "bot", "s"));
    expect(await conversations.reply(1)).to.include({ text: "bot 1" });
    expect(await conversations.reply(2)).to.equal(null);
  });

  it("returns the last messages before an update, oldest first", async () => {
    for (const seq of [1, 2, 3]) {
      await conversations.addMessage(message(seq, "person", "s"));
      await conversations.addMessage(message(seq, "bot", "s"));
    }
    await conversations.addMessage(message(4, "person", "other"));
    const history = await conversations.history("s", 3, 3);
    expect(history.map(({ _id }) => _id)).to.deep.equal(["1:bot", "2:person", "2:bot"]);
  });

  it("returns the last messages in the order of arrival when the clock was set back between them", async () => {
    for (const seq of [1, 2, 3]) {
      await conversations.addMessage({ ...message(seq, "person", "s"), at: new Date(10_000 - seq) });
    }
    expect((await conversations.history("s", 4, 2)).map(({ seq }) => seq)).to.deep.equal([2, 3]);
  });

  it("stores what a person said about themselves", async () => {
    const people = createPeopleStore(database.db);
    expect(await people.find(1)).to.equal(null);
    await people.change(1, { ageGroup: "under-18" });
    await people.change(1, { blocked: true });
    expect(await people.find(1)).to.deep.equal({ _id: 1, ageGroup: "under-18", blocked: true });
  });

  it("moves a group's session to the supergroup it became, however often that is repeated", async () => {
    const { _id } = await conversations.currentSession(request(1));
    await conversations.moveChat(CHAT, "chat:-100", new Date(2000));
    await conversations.moveChat(CHAT, "chat:-100", new Date(3000));
    expect(await conversations.activeSession("chat:-100")).to.include({ _id });
    expect(await conversations.activeSession(CHAT)).to.equal(null);
  });

  it("keeps the supergroup's own session if it has one before the move", async () => {
    await conversations.currentSession(request(1));
    const { _id } = await conversations.currentSession(request(2, "chat:-100"));
    await conversations.moveChat(CHAT, "chat:-100", new Date(3000));
    expect(await conversations.activeSession("chat:-100")).to.include({ _id });
    expect(await conversations.activeSession(CHAT)).to.equal(null);
  });
});
