import { expect } from "chai";
import type { OutboxRecord } from "../../../lib/store/collections/messages/outbox.ts";
import { createOutboxStore, type OutboxStore } from "../../../lib/store/collections/messages/outbox.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { emptyDatabase } from "../../support/empty-database.ts";

function send(seq: number, step: number, text = `text ${seq}:${step}`): OutboxRecord {
  return {
    _id: `${seq}:${step}`,
    botId: 7,
    seq,
    step,
    chatKey: "chat:1",
    chatId: 1,
    method: "sendMessage",
    params: { chat_id: 1, text },
    state: "pending",
    attempts: 0,
    createdAt: new Date(0),
  };
}

describe("the outbox store", () => {
  let database: TestDatabase;
  let outbox: OutboxStore;

  before(async () => {
    database = await openTestDatabase();
  });

  beforeEach(async () => {
    await emptyDatabase(database.db);
    outbox = createOutboxStore(database.db);
  });

  after(() => database.close());

  it("keeps and returns the first of two records of one send", async () => {
    await outbox.insert([send(1, 1, "first")]);
    const answered = await outbox.insert([send(1, 1, "second"), send(1, 2)]);
    expect(answered.map(({ params }) => params.text)).to.deep.equal(["first", "text 1:2"]);
  });

  it("returns to each of many callers its own records", async () => {
    const answers = await Promise.all([outbox.insert([send(1, 1)]), outbox.insert([send(2, 1), send(2, 2)])]);
    expect(answers.map((records) => records.map(({ _id }) => _id))).to.deep.equal([["1:1"], ["2:1", "2:2"]]);
  });

  it("lists unsettled sends by update and step, also past the ninth", async () => {
    await outbox.insert([send(10, 1), send(9, 10), send(9, 2)]);
    await outbox.insert([send(8, 1)]);
    await outbox.update("8:1", { state: "failed", errorCode: "403", settledAt: new Date(1) });
    await outbox.update("9:2", { state: "unknown", attempts: 1 });
    expect((await outbox.unsettled(7)).map(({ _id }) => _id)).to.deep.equal(["9:2", "9:10", "10:1"]);
    expect(await outbox.unsettled(8)).to.deep.equal([]);
  });

  it("drops the parameters of a send, but keeps the record", async () => {
    await outbox.insert([send(1, 1)]);
    await outbox.update("1:1", { state: "sent", messageId: 77, settledAt: new Date(1) });
    expect(await outbox.find("1:1")).to.deep.include({ state: "sent", messageId: 77, params: {} });
    expect(await outbox.find("1:2")).to.equal(null);
  });

  it("stores any text a person may write", async () => {
    const text = "$set: { a.b: 1 } \u0000 🇫🇷";
    await outbox.insert([send(1, 1, text)]);
    expect((await outbox.find("1:1"))?.params).to.deep.equal({ chat_id: 1, text });
  });
});
