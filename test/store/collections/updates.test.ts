import { expect } from "chai";
import {
  createUpdateStore,
  SEQ_STEP,
  type UpdateStore,
} from "../../../lib/store/collections/messages/updates.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { emptyDatabase } from "../../support/empty-database.ts";

const BOT = 7;
const AT = new Date("2026-01-01T00:00:00Z");

function arrived(updateId: number, chatKey = "chat:1") {
  return {
    _id: `${BOT}:${updateId}`,
    botId: BOT,
    chatKey,
    payload: `{"update_id":${updateId}}`,
    receivedAt: AT,
    state: "received" as const,
    attempts: 0,
  };
}

describe("the update store", () => {
  let database: TestDatabase;
  let updates: UpdateStore;

  before(async () => {
    database = await openTestDatabase();
  });

  beforeEach(async () => {
    await emptyDatabase(database.db);
    updates = createUpdateStore(database.db);
  });

  after(() => database.close());

  it("numbers updates in the order they arrive, over all batches", async () => {
    const first = await updates.add([arrived(10), arrived(11)]);
    const second = await updates.add([arrived(12)]);
    const seqs = [...first, ...second].map(({ seq }) => seq);
    expect(seqs).to.deep.equal(seqs.toSorted((a, b) => a - b));
    expect(new Set(seqs).size).to.equal(3);
    expect((await updates.unsettled(BOT)).map(({ _id }) => _id)).to.deep.equal(["7:10", "7:11", "7:12"]);
  });

  it("takes a number from the same sequence for a message that no update caused", async () => {
    const [before] = await updates.add([arrived(1)]);
    const seq = await updates.nextSeq();
    const [after] = await updates.add([arrived(2)]);
    expect([before?.seq, seq, after?.seq]).to.deep.equal([1, 2, 3].map((number) => number * SEQ_STEP));
  });

  it("continues with higher numbers after a restart, and for a batch of any size", async () => {
    const large = Array.from({ length: 1_500 }, (_, index) => arrived(index));
    const [first, ...others] = await updates.add(large);
    expect(others.at(-1)?.seq).to.equal((first?.seq ?? 0) + 1_499 * SEQ_STEP);
    const restarted = createUpdateStore(database.db);
    const [later] = await restarted.add([arrived(2_000)]);
    expect(later?.seq).to.be.above(others.at(-1)?.seq ?? 0);
    const both = await Promise.all([restarted.nextSeq(), restarted.nextSeq()]);
    expect(new Set([...both, later?.seq]).size).to.equal(3);
  });

  it("stores an update once, and returns it again only while it is not settled", async () => {
    const [record] = await updates.add([arrived(1)]);
    expect(await updates.add([arrived(1), arrived(2)])).to.have.length(2);
    expect((await updates.unsettled(BOT))[0]?.seq).to.equal(record?.seq);
    await updates.settle("7:1", "done", AT);
    expect((await updates.add([arrived(1), arrived(2)])).map(({ _id }) => _id)).to.deep.equal(["7:2"]);
  });

  it("gives an update a place right before another one", async () => {
    const [press, late] = await updates.add([arrived(11), arrived(10)]);
    if (!press || !late) throw new Error("not stored");
    await updates.moveBefore(
      { id: press._id, seq: press.seq, seqFloor: press.seq - 8 },
      { id: late._id, seq: press.seq - 8, seqFloor: press.seq - 16 },
    );
    const stored = await updates.unsettled(BOT);
    expect(stored.map(({ _id, seqFloor }) => [_id, seqFloor])).to.deep.equal([
      ["7:10", press.seq - 16],
      ["7:11", press.seq - 8],
    ]);
  });

  it("drops the payload of a settled update, and lets it age out", async () => {
    await updates.add([arrived(1)]);
    await updates.settle("7:1", "dead", AT);
    const record = await database.db.collection<{ _id: string }>("updates").findOne({ _id: "7:1" });
    expect(record).to.include({ state: "dead" }).and.not.have.property("payload");
    const indexes = await database.db.collection("updates").indexes();
    expect(indexes.find(({ key }) => "settledAt" in key)).to.include({ expireAfterSeconds: 172_800 });
  });

  it("stores the state of an attempt", async () => {
    await updates.add([arrived(1)]);
    const notBefore = new Date(AT.getTime() + 1000);
    await updates.change("7:1", { state: "received", attempts: 2, notBefore });
    expect((await updates.unsettled(BOT))[0]).to.deep.include({ state: "received", attempts: 2, notBefore });
    await updates.change("7:1", { state: "processing", attempts: 3 });
    expect((await updates.unsettled(BOT))[0])
      .to.include({ attempts: 3 })
      .and.not.have.property("notBefore");
  });

  it("keeps the order of concurrent changes to one update", async () => {
    await updates.add([arrived(1)]);
    await Promise.all([
      updates.change("7:1", { state: "processing", attempts: 1 }),
      updates.change("7:1", { state: "received", attempts: 0 }),
      updates.change("7:1", { state: "processing", attempts: 1 }),
      updates.settle("7:1", "done", AT),
    ]);
    expect(await updates.unsettled(BOT)).to.deep.equal([]);
  });

  it("keeps each update's own order when many are changed alike concurrently", async () => {
    await updates.add([arrived(1), arrived(2), arrived(3)]);
    await Promise.all([
      updates.change("7:1", { state: "processing", attempts: 1 }),
      updates.change("7:2", { state: "processing", attempts: 1 }),
      updates.change("7:1", { state: "received", attempts: 0 }),
      updates.change("7:3", { state: "processing", attempts: 1 }),
      updates.settle("7:3", "done", AT),
      updates.change("7:2", { state: "processing", attempts: 2 }),
      updates.change("7:1", { state: "processing", attempts: 1 }),
    ]);
    const open = (await updates.unsettled(BOT)).map(({ _id, attempts }) => [_id, attempts]);
    expect(open).to.deep.equal([
      ["7:1", 1],
      ["7:2", 2],
    ]);
  });

  it("keeps the updates of two bots apart", async () => {
    await updates.add([arrived(1), { ...arrived(1), _id: "8:1", botId: 8 }]);
    expect(await updates.unsettled(8)).to.have.length(1);
    expect(await updates.unsettled(BOT)).to.have.length(1);
  });

  it("stores a batch of a thousand from fifty chats, and nothing for an empty one", async () => {
    const batch = Array.from({ length: 1000 }, (_, index) => arrived(index, `chat:${index % 50}`));
    expect(await updates.add(batch)).to.have.length(1000);
    expect(await updates.add([])).to.deep.equal([]);
    expect(await updates.unsettled(BOT)).to.have.length(1000);
  });
});
