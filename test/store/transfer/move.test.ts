import { expect } from "chai";
import { Double, Int32, Long } from "mongodb";
import { type MovedCollection, moveDatabase } from "../../../lib/store/index.ts";
import { openTestDatabase, type TestDatabase, testDatabaseUri } from "../../support/database.ts";

describe("a move to another database", () => {
  let from: TestDatabase;
  let to: TestDatabase;

  beforeEach(async () => {
    [from, to] = await Promise.all([openTestDatabase(), openTestDatabase()]);
    await from.db
      .collection("people")
      .insertMany([
        ...Array.from({ length: 1_100 }, (_, index) => ({ _id: index as never, n: new Double(index) })),
        { _id: "text" as never, n: Long.fromNumber(1) },
        { _id: new Double(0.5) as never, n: new Int32(1) },
      ]);
    await from.db.collection("people").createIndex({ n: 1 }, { unique: false });
    await from.db.collection("counters").insertOne({ _id: "seq" as never, value: 7 });
  });

  afterEach(() => Promise.all([from.close(), to.close()]));

  async function move(onMoved: (moved: MovedCollection) => void = () => {}, source = "one"): Promise<string> {
    const uri = await testDatabaseUri();
    try {
      await moveDatabase({
        from: { uri, database: from.db.databaseName },
        to: { uri, database: to.db.databaseName },
        source,
        onMoved,
      });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  }

  it("copies everything, and names count and checksum of each collection", async () => {
    const moved: MovedCollection[] = [];
    expect(await move((collection) => moved.push(collection))).to.equal("");
    expect(moved.map(({ name, documents }) => [name, documents])).to.deep.equal([
      ["people", 1_102],
      ["counters", 1],
    ]);
    expect(moved[0]?.checksum).to.match(/^[0-9a-f]{16}$/);
    expect((await to.db.collection("people").indexes()).map(({ name }) => name)).to.deep.equal([
      "_id_",
      "n_1",
    ]);
    expect(await from.db.collection("people").countDocuments()).to.equal(1_102);
  });

  it("goes on after an interruption, and copies anew what changed in between", async () => {
    const stopped = await move(() => {
      throw new Error("interrupted");
    });
    expect(stopped).to.equal("interrupted");
    await from.db.collection("people").updateOne({ _id: 5 as never }, { $set: { n: 500 } });
    await from.db.collection("people").deleteOne({ _id: 6 as never });
    expect(await move()).to.equal("");
    expect(await to.db.collection("people").findOne({ _id: 5 as never })).to.include({ n: 500 });
    expect(await to.db.collection("people").countDocuments()).to.equal(1_101);
  });

  it("goes into an empty database only, and into a half-filled one only from the same source", async () => {
    await move(() => {
      throw new Error("interrupted");
    });
    expect(await move(undefined, "another")).to.include("part of another restore or move");
    expect(await move()).to.equal("");
    expect(await move()).to.include("has data already");
  });

  it("says so when there is nothing to move", async () => {
    await from.db.dropDatabase();
    expect(await move()).to.include("nothing to move");
  });
});
