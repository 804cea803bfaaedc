import { expect } from "chai";
import type { Collection } from "mongodb";
import { createGroupedFind } from "../../lib/store/batching/reads.ts";
import { createGroupedChanges, createGroupedInsert } from "../../lib/store/batching/writes.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

interface Note {
  _id: number;
  text?: unknown;
  n?: number;
}

/** Larger than MongoDB takes; the driver itself refuses what is larger than the server. */
const TOO_LARGE = "x".repeat(16 * 1024 * 1024 + 1);
/** Cannot be written as BSON. */
const CIRCULAR: { self?: unknown } = {};
CIRCULAR.self = CIRCULAR;

describe("grouped calls, one of which is bad", () => {
  let database: TestDatabase;
  let notes: Collection<Note>;

  beforeEach(async () => {
    database = await openTestDatabase();
    notes = database.db.collection<Note>("notes");
  });
  afterEach(() => database.close());

  /** `true` for each call that succeeded. */
  async function outcomes(calls: Promise<unknown>[]): Promise<boolean[]> {
    return (await Promise.allSettled(calls)).map(({ status }) => status === "fulfilled");
  }

  for (const [what, bad] of Object.entries<Note>({
    "too large": { _id: 3, text: TOO_LARGE },
    circular: { _id: 3, text: CIRCULAR },
    "refused by the server": { _id: 3, text: { $ref: 1 }, n: 1 },
  })) {
    it(`insert the neighbours of a document that is ${what}`, async () => {
      await notes.createIndex({ n: 1 }, { unique: true, partialFilterExpression: { n: { $gt: 0 } } });
      const insert = createGroupedInsert(notes);
      await outcomes([
        insert({ _id: 1, n: 1 }),
        insert({ _id: 2, n: 2 }),
        insert(bad),
        insert({ _id: 4, n: 4 }),
      ]);
      const stored = await notes.find().sort({ _id: 1 }).toArray();
      expect(stored.map(({ _id }) => _id)).to.deep.equal([1, 2, 4]);
    });
  }

  it("say of each document whether it was new, although another one failed", async () => {
    await notes.insertOne({ _id: 1 });
    const insert = createGroupedInsert(notes);
    const results = await Promise.allSettled([
      insert({ _id: 1 }),
      insert({ _id: 2, text: CIRCULAR }),
      insert({ _id: 3 }),
    ]);
    expect(results.map((result) => (result.status === "fulfilled" ? result.value : "failed"))).to.deep.equal([
      false,
      "failed",
      true,
    ]);
  });

  it("change the neighbours of a document whose change fails, each once and in order", async () => {
    await notes.insertMany([1, 2, 3, 4].map((_id) => ({ _id, n: 0, text: _id === 2 ? "no number" : 0 })));
    const change = createGroupedChanges(notes);
    const add = (id: number) => change({ id, where: { n: 0 }, update: { $inc: { n: 1, text: 1 } as never } });
    const done = await outcomes([
      add(1),
      add(2), // its text is not a number
      add(3),
      change({ id: 1, update: { $set: { n: 10 } } }),
      change({ id: 2, update: { $set: { n: 5 } } }),
      change({ id: 4, update: { $set: { text: CIRCULAR } } }),
      change({ id: 4, update: { $set: { n: 7 } } }),
    ]);
    expect(done).to.deep.equal([true, false, true, true, true, false, true]);
    const stored = await notes.find().sort({ _id: 1 }).toArray();
    expect(stored.map(({ n }) => n)).to.deep.equal([10, 5, 1, 7]);
    expect(stored.map(({ text }) => text)).to.deep.equal([1, "no number", 1, 0]);
  });

  it("find the neighbours of a key that cannot be asked for", async () => {
    await notes.insertMany([{ _id: 1 }, { _id: 2 }]);
    const find = createGroupedFind(notes, "_id");
    const results = await Promise.allSettled([find(1), find(CIRCULAR as never), find(2)]);
    expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
    expect(results.map((result) => (result.status === "fulfilled" ? result.value : null))).to.deep.equal([
      { _id: 1 },
      null,
      { _id: 2 },
    ]);
  });
});
