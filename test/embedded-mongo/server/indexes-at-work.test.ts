import { expect } from "chai";
import { type Collection, type Document, MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";

interface Row {
  _id: number;
  state: string;
  chat: string;
  seq: number;
  isActive: boolean;
  tags: number[];
}

const ROWS: Row[] = Array.from({ length: 1_000 }, (_, n) => ({
  _id: n,
  state: n % 10 === 0 ? "new" : "done",
  chat: `c${n % 20}`,
  seq: n,
  isActive: n % 100 === 0,
  tags: [n % 7, n % 11],
}));

describe("the indexes of the embedded MongoDB", () => {
  let server: EmbeddedMongo;
  let client: MongoClient;
  let rows: Collection<Row>;

  before(async () => {
    server = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    client = new MongoClient(server.uri);
    rows = client.db("indexes").collection("rows");
    await rows.createIndexes([
      { key: { state: 1, chat: 1, seq: 1 } },
      { key: { chat: 1, seq: -1 } },
      { key: { chat: 1 }, name: "active", partialFilterExpression: { isActive: true } },
      { key: { tags: 1 } },
    ]);
    await rows.insertMany(ROWS);
  });

  after(async () => {
    await client.close();
    await server.close();
  });

  /** Runs a call. @returns its result and the number of documents the server read for it */
  async function examined<Result>(
    call: () => Promise<Result>,
  ): Promise<{ result: Result; documents: number }> {
    const before = server.documentsExamined();
    const result = await call();
    return { result, documents: server.documentsExamined() - before };
  }

  const QUERIES: readonly [
    query: Document,
    sort: Document,
    limit: number,
    found: number,
    documents: number,
  ][] = [
    [{ _id: 500 }, {}, 0, 1, 1],
    [{ _id: { $in: [1, 2, 3, -5] } }, {}, 0, 3, 3],
    [{ _id: { $gte: 990 } }, {}, 0, 10, 10],
    [{}, { _id: -1 }, 5, 5, 5],
    [{ state: "new", chat: "c0" }, { seq: 1 }, 3, 3, 3],
    [{ state: "new", chat: "c0" }, { seq: -1 }, 1, 1, 1],
    [{ state: "new", chat: "c0", seq: { $gt: 500 } }, {}, 0, 24, 24],
    [{ state: "new", chat: { $in: ["c0", "c10"] }, seq: { $gt: 980 } }, {}, 0, 1, 1],
    [{ state: { $in: ["new", "done"] }, chat: "c3", seq: 983 }, {}, 0, 1, 1],
    [{ state: { $in: ["new", "done"] }, chat: "c3" }, { seq: 1 }, 2, 2, 50],
    [{ chat: "c3", seq: { $lt: 500 } }, { seq: -1 }, 2, 2, 2],
    [{ chat: "c3" }, { seq: 1 }, 2, 2, 2],
    [{ chat: "c0", isActive: true }, {}, 0, 10, 10],
    [{ tags: 6 }, {}, 0, 220, 220],
    [{ $and: [{ chat: "c3" }, { seq: 983 }] }, {}, 0, 1, 1],
    [{ state: "new" }, { chat: 1, seq: 1 }, 4, 4, 4],
    [{ seq: 5 }, {}, 0, 1, 1_000],
    [{ $or: [{ _id: 5 }, { chat: "c3", seq: { $lt: 100 } }] }, {}, 0, 6, 6],
    [{ $or: [{ chat: "c3" }, { tags: 6, chat: "c3" }, { _id: 3 }] }, { seq: -1 }, 2, 2, 50],
    [{ isActive: true, $or: [{ chat: "c0" }, { chat: "c1" }] }, {}, 0, 10, 10],
    [{ $and: [{ $or: [{ _id: 5 }, { _id: 6 }] }, { $or: [{ seq: 6 }, { state: "no" }] }] }, {}, 0, 1, 2],
    [{ $or: [{ _id: 5 }, { seq: 5 }] }, {}, 0, 1, 1_000],
  ];

  for (const [query, sort, limit, found, documents] of QUERIES) {
    it(`need ${documents} documents for ${JSON.stringify(query)} sorted by ${JSON.stringify(sort)}`, async () => {
      const answer = await examined(() => rows.find(query, { sort: sort as never, limit }).toArray());
      expect(answer.result).to.have.length(found);
      expect(answer.documents).to.equal(documents);
    });
  }

  it("are used by updates, deletes, counts and pipelines too", async () => {
    const update = await examined(() => rows.updateOne({ _id: 7 }, { $set: { state: "done" } }));
    expect(update.documents).to.equal(1);
    const taken = await examined(() =>
      rows.findOneAndUpdate({ state: "new", chat: "c10" }, { $set: { state: "new" } }, { sort: { seq: 1 } }),
    );
    expect(taken).to.deep.include({ documents: 1 });
    expect((await examined(() => rows.countDocuments({ chat: "c5" }))).documents).to.equal(50);
    const latest = [
      { $match: { chat: "c5" } },
      { $sort: { seq: -1 } },
      { $limit: 1 },
      { $project: { seq: 1 } },
    ];
    expect((await examined(() => rows.aggregate(latest).toArray())).documents).to.equal(1);
    expect((await examined(() => rows.deleteOne({ _id: 999 }))).documents).to.equal(1);
  });

  it("looks no further than a single batch", async () => {
    const find = { find: "rows", singleBatch: true, batchSize: 3 };
    const { result, documents } = await examined(() => client.db("indexes").command(find));
    expect(result.cursor.firstBatch).to.deep.equal(ROWS.slice(0, 3));
    expect(result.cursor.id.toString()).to.equal("0");
    expect(documents).to.equal(3);
  });
});
