import { expect } from "chai";
import { createChatHomeStore } from "../../lib/store/collections/instances/chat-homes.ts";
import { createLeaseStore } from "../../lib/store/collections/instances/leases.ts";
import { createOutboxStore, type OutboxRecord } from "../../lib/store/collections/messages/outbox.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

const AT = new Date("2026-01-01T00:00:00Z");
const CHAT = "chat:1";

describe("claims on chats", () => {
  let database: TestDatabase;

  before(async () => {
    database = await openTestDatabase();
  });
  beforeEach(() => database.db.dropDatabase());
  after(() => database.close());

  function send(step: number): OutboxRecord {
    return {
      _id: `1:${step}`,
      botId: 7,
      seq: 1,
      step,
      chatKey: CHAT,
      chatId: 1,
      method: "sendMessage",
      params: {},
      state: "pending",
      attempts: 0,
      createdAt: AT,
    };
  }

  it("grow for ever, also when the record of a chat was erased", async () => {
    const homes = createChatHomeStore(database.db);
    const first = (await homes.take(CHAT, "a", AT)) ?? 0;
    expect(await homes.isCurrent(CHAT, first)).to.equal(true);
    await database.db.collection("chat_homes").deleteMany({});
    expect(await homes.isCurrent(CHAT, first)).to.equal(false);
    const second = (await homes.take(CHAT, "b", AT)) ?? 0;
    expect(second).to.be.above(first);
    expect(await homes.isCurrent(CHAT, first)).to.equal(false);
  });

  it("belong to exactly one of many that take a chat at once", async () => {
    const homes = createChatHomeStore(database.db);
    const fences = await Promise.all(
      Array.from({ length: 20 }, (_, index) => homes.take(CHAT, `${index}`, AT)),
    );
    const current = await Promise.all(fences.map((fence) => homes.isCurrent(CHAT, fence ?? -1)));
    expect(current.filter(Boolean)).to.have.length(1);
    expect(Math.max(...fences.map(Number))).to.equal(fences[current.indexOf(true)]);
  });

  it("keep a late holder from changing a send, and say so, without holding up the others of its batch", async () => {
    const outbox = createOutboxStore(database.db);
    await outbox.insert([send(0), send(1), { ...send(2), chatKey: "chat:2" }]);
    const late = { fence: 1, owner: "late" };
    const present = { fence: 2, owner: "present" };
    expect(await outbox.claim(7, CHAT, late)).to.have.length(2);
    expect(await outbox.claim(7, CHAT, present)).to.have.length(2);
    expect(await outbox.claim(7, CHAT, late)).to.have.length(0);
    const changes = await Promise.allSettled([
      outbox.update("1:0", { state: "sent" }, late),
      outbox.update("1:1", { state: "sent" }, present),
      outbox.update("1:2", { state: "sent" }),
    ]);
    expect(changes.map(({ status }) => status)).to.deep.equal(["rejected", "fulfilled", "fulfilled"]);
    expect((changes[0] as PromiseRejectedResult).reason).to.include({ code: "HOME_LOST" });
    const states = await Promise.all([0, 1, 2].map(async (step) => (await outbox.find(`1:${step}`))?.state));
    expect(states).to.deep.equal(["pending", "sent", "sent"]);
    expect([...(await outbox.openChats(7))]).to.deep.equal([CHAT]);
  });
});

describe("leases", () => {
  let database: TestDatabase;

  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  it("have one holder; an instance that was late in taking or keeping one learns so", async () => {
    const leases = createLeaseStore(database.db);
    const seen = await leases.read("poller");
    expect(seen).to.deep.equal({ _id: "poller", owner: null, fence: 0, beat: 0 });
    expect(await leases.takeOver(seen, "a")).to.equal(true);
    expect(await leases.takeOver(seen, "b")).to.equal(false);
    expect(await leases.beat("poller", 1)).to.equal(true);
    const beating = await leases.read("poller");
    expect(beating).to.include({ owner: "a", fence: 1, beat: 1 });
    expect(await leases.takeOver(beating, "b")).to.equal(true);
    expect(await leases.beat("poller", 1)).to.equal(false);
    expect(await leases.leaveNotes("poller", 1, "late")).to.equal(false);
    expect(await leases.leaveNotes("poller", 2, "told")).to.equal(true);
    await leases.release("poller", 1);
    expect(await leases.read("poller")).to.include({ owner: "b", fence: 2 });
    await leases.release("poller", 2);
    expect(await leases.read("poller")).to.include({ owner: null, fence: 2, notes: "told" });
  });
});
