import { expect } from "chai";
import { MongoClient } from "mongodb";
import { testDatabaseUri } from "../../support/database.ts";
import { refusal, useCollection } from "./collection.ts";

describe("a MongoDB server", () => {
  const at = useCollection();

  it("creates, lists and drops collections and databases", async () => {
    const { db } = at.database;
    await db.createCollection("empty");
    await db.collection("full").insertOne({ a: 1 });
    const names = async (filter = {}) =>
      (await db.listCollections(filter).toArray()).map(({ name }) => name).toSorted();
    expect(await names()).to.include.members(["empty", "full"]);
    expect(await names({ name: "full" })).to.deep.equal(["full"]);
    expect((await db.listCollections({ name: "full" }, { nameOnly: true }).toArray())[0]).to.deep.equal({
      name: "full",
      type: "collection",
    });
    const databases = await db.admin().listDatabases({ nameOnly: true });
    expect(databases.databases.map(({ name }) => name)).to.include(db.databaseName);
    await db.collection("full").drop();
    expect(await names({ name: "full" })).to.deep.equal([]);
    await db.collection("full").insertOne({ b: 1 });
    expect(
      await db
        .collection("full")
        .find({}, { projection: { _id: 0 } })
        .toArray(),
    ).to.deep.equal([{ b: 1 }]);
    await db.dropDatabase();
    expect(await names()).to.deep.equal([]);
  });

  it("keeps collections and databases with similar names apart", async () => {
    const { client, db } = at.database;
    const other = client.db(`${db.databaseName}2`);
    await db.collection("a").insertOne({ _id: 1 as never });
    await db.collection("a.b").insertOne({ _id: 2 as never });
    await other.collection("a").insertOne({ _id: 3 as never });
    await db.collection("a").drop();
    expect(await db.collection("a.b").countDocuments()).to.equal(1);
    await db.dropDatabase();
    expect(await other.collection("a").countDocuments()).to.equal(1);
    await other.dropDatabase();
  });

  it("supports the commands of a driver's handshake", async () => {
    const { db } = at.database;
    expect(await db.command({ ping: 1 })).to.include({ ok: 1 });
    const hello = await db.command({ hello: 1 });
    expect(hello).to.include({
      isWritablePrimary: true,
      maxBsonObjectSize: 16_777_216,
      maxWriteBatchSize: 100_000,
    });
    expect((await db.command({ buildInfo: 1 })).version).to.match(/^\d+\.\d+/);
  });

  it("refuses unknown commands and arguments with MongoDB's codes", async () => {
    const { db } = at.database;
    const name = at.collection.collectionName;
    const mistakes: readonly [Record<string, unknown>, number][] = [
      [{ nonsense: 1 }, 59],
      [{ find: name, nonsense: 1 }, 40415],
      [{ find: 5 }, 73],
      [{ find: "" }, 73],
      [{ find: name, filter: 5 }, 14],
      [{ insert: name, documents: [] }, 16],
      [{ insert: "a$b", documents: [{ a: 1 }] }, 73],
      [{ find: name, txnNumber: 1, startTransaction: true, autocommit: false }, 20],
    ];
    for (const [command, code] of mistakes) {
      expect((await refusal(db.command(command))).code, JSON.stringify(command)).to.equal(code);
    }
  });

  it("serves a full pool of connections concurrently", async () => {
    const client = new MongoClient(await testDatabaseUri(), { maxPoolSize: 50, minPoolSize: 10 });
    const things = client.db(at.database.db.databaseName).collection<{ _id: number }>("pool");
    await Promise.all(Array.from({ length: 200 }, (_, _id) => things.insertOne({ _id })));
    const found = await Promise.all(Array.from({ length: 200 }, (_, _id) => things.findOne({ _id })));
    expect(found).to.deep.equal(Array.from({ length: 200 }, (_, _id) => ({ _id })));
    await client.close();
  });

  it("transfers messages of many megabytes both ways", async () => {
    const rows = Array.from({ length: 12 }, (_, _id) => ({ _id, pad: String(_id).repeat(500_000) }));
    await at.collection.insertMany(rows);
    const found = await at.collection.find().sort({ _id: 1 }).toArray();
    expect(found.map(({ pad }) => pad.length)).to.deep.equal(rows.map(({ pad }) => pad.length));
  });
});
