import { expect } from "chai";
import { startRetention } from "../../../lib/conversation/privacy/retention.ts";
import { silentLogger } from "../../../lib/core/index.ts";
import { createRetentionStore } from "../../../lib/store/privacy/retention.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { emptyDatabase } from "../../support/empty-database.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { loadSample } from "../../support/sample.ts";
import { ANN, Scene } from "../scene.ts";

const DAY_MS = 24 * 60 * 60_000;

describe("retention", () => {
  let database: TestDatabase;
  let clock: FakeClock;
  let days: { messagesDays: number; mediaDays: number; feedbackDays: number };

  before(async () => {
    database = await openTestDatabase();
  });
  beforeEach(async () => {
    await emptyDatabase(database.db);
    clock = new FakeClock();
    days = { messagesDays: 30, mediaDays: 10, feedbackDays: 60 };
  });
  after(() => database.close());

  const ago = (count: number): Date => new Date(clock.now() - count * DAY_MS);
  const insert = (name: string, documents: object[]) => database.db.collection(name).insertMany(documents);
  const ids = async (name: string) =>
    (await database.db.collection(name).find().sort({ _id: 1 }).toArray()).map(({ _id }) => String(_id));

  /** Sweeps once, or once more for every further hour. @returns how often deleted data was purged from the disk */
  async function sweep(furtherHours = 0): Promise<number> {
    let purges = 0;
    const content = { bot: { retention: days } };
    const swept = startRetention({
      botId: 7,
      content,
      retention: createRetentionStore(database.db),
      async purgeDeleted() {
        purges += 1;
      },
      clock,
      logger: silentLogger,
    });
    for (let hour = 0; hour <= furtherHours; hour += 1) {
      while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
      if (hour < furtherHours) await clock.advance(60 * 60_000);
    }
    await swept.stop();
    return purges;
  }

  it("purges the disk of what it deleted, and hourly of what others deleted, but not at each start", async () => {
    expect(await sweep()).to.equal(0);
    expect(await sweep(2)).to.equal(2);
    await insert("messages", [{ _id: "old", at: ago(90) }]);
    expect(await sweep()).to.equal(1);
  });

  it("deletes data older than the settings, and keeps the rest", async () => {
    for (const name of ["messages", "media_files", "feedback"]) {
      await insert(
        name,
        [5, 20, 40, 90].map((age) => ({ _id: String(age), at: ago(age) })),
      );
    }
    await insert("sessions", [
      { _id: "active", chatKey: "a", isActive: true, startedAt: ago(90), lastAt: ago(3) },
      { _id: "ended", chatKey: "b", isActive: false, endedAt: ago(31) },
      { _id: "ended lately", chatKey: "c", isActive: false, endedAt: ago(29) },
    ]);
    await sweep();
    expect(await ids("messages")).to.deep.equal(["20", "5"]);
    expect(await ids("media_files")).to.deep.equal(["5"]);
    expect(await ids("feedback")).to.deep.equal(["20", "40", "5"]);
    expect(await ids("sessions")).to.deep.equal(["active", "ended lately"]);
  });

  it("deletes settled sends after two days, except those that unfinished work would look for", async () => {
    const send = (seq: number, age: number) => ({ _id: `${seq}:1`, seq, settledAt: ago(age) });
    await insert("outbox", [send(1, 3), send(2, 1), send(3, 3), send(4, 3)]);
    await insert("updates", [{ _id: "7:3", botId: 7, seq: 3, state: "received", receivedAt: ago(4) }]);
    await sweep();
    expect(await ids("outbox")).to.deep.equal(["2:1", "3:1", "4:1"]);
    await database.db.collection("updates").updateMany({}, { $set: { state: "done" } });
    await insert("broadcasts", [{ _id: 1, state: "sending", sendSeq: 4 }]);
    await sweep();
    expect(await ids("outbox")).to.deep.equal(["2:1", "4:1"]);
    await database.db.collection("broadcasts").deleteMany({});
    await sweep();
    expect(await ids("outbox")).to.deep.equal(["2:1"]);
  });

  it("deletes old data of any amount", async () => {
    const old = Array.from({ length: 250 }, (_, index) => ({ _id: `old ${index}`, at: ago(31) }));
    await insert("messages", [...old, { _id: "new", at: ago(29) }]);
    await sweep();
    expect(await ids("messages")).to.deep.equal(["new"]);
  });

  it("deletes old messages of open sessions, and ends abandoned sessions", async () => {
    const open = { isActive: true, startedAt: ago(90), telegramUserId: 1 };
    const flow = (at: Date) => ({ frames: [{ answers: { name: "Ann" } }], at });
    await insert("sessions", [
      { ...open, _id: "left", chatKey: "a", lastAt: ago(32), summary: { text: "Old", since: ago(80) } },
      { ...open, _id: "in use", chatKey: "b", lastAt: ago(1), summary: { text: "Old", since: ago(40) } },
      { ...open, _id: "recent", chatKey: "c", lastAt: ago(1), summary: { text: "New", since: ago(20) } },
      { ...open, _id: "old flow", chatKey: "d", lastAt: ago(1), flow: flow(ago(40)), saved: { name: "Ann" } },
      { ...open, _id: "new flow", chatKey: "e", lastAt: ago(1), flow: flow(ago(4)) },
      { ...open, _id: "new", chatKey: "f", startedAt: ago(2) },
      { ...open, _id: "never", chatKey: "g", startedAt: ago(60) },
    ]);
    await sweep();
    const sessions = await database.db.collection("sessions").find().toArray();
    const kept = sessions.map(({ _id, summary, flow: at, saved }) => [
      _id,
      summary?.text,
      at && "flow",
      saved,
    ]);
    expect(kept).to.have.deep.members([
      ["in use", undefined, undefined, undefined],
      ["recent", "New", undefined, undefined],
      ["old flow", undefined, undefined, undefined],
      ["new flow", undefined, "flow", undefined],
      ["new", undefined, undefined, undefined],
    ]);
  });

  it("keeps a session open that is used every week", async () => {
    const scene = new Scene(database.db, await loadSample(), { clock });
    for (let week = 1; week <= 5; week += 1) {
      await scene.say(ANN, "How?");
      await clock.advance(7 * DAY_MS);
    }
    await sweep();
    expect(await ids("sessions")).to.deep.equal(["chat:100:1"]);
    await clock.advance(40 * DAY_MS);
    await sweep();
    expect(await ids("sessions")).to.deep.equal([]);
  });

  it("applies a changed setting to stored data", async () => {
    await insert("messages", [{ _id: "old", at: ago(20) }]);
    await sweep();
    days.messagesDays = 10;
    await sweep();
    expect(await ids("messages")).to.deep.equal([]);
  });

  it("deletes another bot's old unsettled updates with their texts, and keeps this bot's", async () => {
    const update = { state: "received", chatKey: "chat:1", seq: 1, receivedAt: ago(3) };
    await insert("updates", [
      { ...update, _id: "7:1", botId: 7 },
      { ...update, _id: "8:1", botId: 8 },
      { ...update, _id: "8:2", botId: 8, receivedAt: ago(1) },
    ]);
    const send = { state: "pending", chatKey: "chat:1", createdAt: ago(3) };
    await insert("outbox", [
      { ...send, _id: "1:1", botId: 7 },
      { ...send, _id: "2:1", botId: 8 },
      { ...send, _id: "3:1", botId: 8, createdAt: ago(1) },
    ]);
    await sweep();
    expect(await ids("updates")).to.deep.equal(["7:1", "8:2"]);
    expect(await ids("outbox")).to.deep.equal(["1:1", "3:1"]);
  });
});
