import { expect } from "chai";
import { Double, Long, MongoBulkWriteError, ObjectId } from "mongodb";
import { refusal, useCollection } from "./collection.ts";

describe("a MongoDB, writing", () => {
  const at = useCollection();

  async function bulkError(call: Promise<unknown>): Promise<MongoBulkWriteError> {
    const error = await refusal(call);
    if (error instanceof MongoBulkWriteError) return error;
    throw error;
  }

  it("gives a document an _id if it has none, and puts it first", async () => {
    const { insertedId } = await at.collection.insertOne({ a: 1, _id: undefined as never });
    expect(insertedId).to.be.instanceOf(ObjectId);
    await at.collection.insertOne({ a: 2, _id: "x" });
    const found = await at.collection.findOne({ _id: "x" });
    expect(Object.keys(found ?? {})).to.deep.equal(["_id", "a"]);
  });

  it("accepts any type of _id but arrays and regular expressions, and compares them by value", async () => {
    await at.collection.insertMany([{ _id: 1 }, { _id: "1" }, { _id: true }, { _id: { a: 1 } }]);
    expect((await refusal(at.collection.insertOne({ _id: new Double(1) }))).code).to.equal(11000);
    expect((await refusal(at.collection.insertOne({ _id: Long.fromNumber(1) }))).code).to.equal(11000);
    expect((await refusal(at.collection.insertOne({ _id: { a: 1 } }))).code).to.equal(11000);
    expect((await refusal(at.collection.insertOne({ _id: [1] as never }))).code).to.equal(53);
    expect(await at.collection.findOne({ _id: { a: 1 } })).to.deep.equal({ _id: { a: 1 } });
  });

  it("names the key of a duplicate", async () => {
    await at.collection.insertOne({ _id: "a" });
    const error = await refusal(at.collection.insertOne({ _id: "a" }));
    expect(error.code).to.equal(11000);
    expect(error.message).to.match(
      /^E11000 duplicate key error collection: .+ index: _id_ dup key: \{ _id: "a" \}/,
    );
    expect(error).to.deep.include({ keyPattern: { _id: 1 }, keyValue: { _id: "a" } });
  });

  it("stops an ordered batch at the first mistake", async () => {
    const error = await bulkError(at.collection.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 1 }, { _id: 3 }]));
    expect(error.result.insertedCount).to.equal(2);
    expect(error.writeErrors).to.have.length(1);
    expect([error.writeErrors].flat()[0]).to.include({ index: 2, code: 11000 });
    expect(await at.collection.countDocuments()).to.equal(2);
  });

  it("executes the rest of an unordered batch, and lists every mistake", async () => {
    const rows = [1, 2, 1, 3, 2].map((_id) => ({ _id }));
    const error = await bulkError(at.collection.insertMany(rows, { ordered: false }));
    expect(error.result.insertedCount).to.equal(3);
    expect([error.writeErrors].flat().map(({ index }) => index)).to.deep.equal([2, 4]);
    expect(await at.collection.countDocuments()).to.equal(3);
  });

  it("executes a mixed bulk write in order", async () => {
    const result = await at.collection.bulkWrite([
      { insertOne: { document: { _id: 1, a: 1 } } },
      { updateOne: { filter: { _id: 1 }, update: { $inc: { a: 1 } } } },
      { updateOne: { filter: { _id: 2 }, update: { $set: { a: 5 } }, upsert: true } },
      { updateMany: { filter: {}, update: { $inc: { b: 1 } } } },
      { replaceOne: { filter: { _id: 2 }, replacement: { c: 1 } } },
      { deleteOne: { filter: { _id: 1 } } },
      { insertOne: { document: { _id: 1, last: true } } },
    ]);
    expect(result).to.include({
      insertedCount: 2,
      matchedCount: 4,
      modifiedCount: 4,
      upsertedCount: 1,
      deletedCount: 1,
    });
    expect(result.upsertedIds).to.deep.equal({ 2: 2 });
    expect(await at.collection.find().sort({ _id: 1 }).toArray()).to.deep.equal([
      { _id: 1, last: true },
      { _id: 2, c: 1 },
    ]);
  });

  it("lists the refused updates of an unordered bulk write", async () => {
    await at.collection.insertMany([
      { _id: 1, a: "x" },
      { _id: 2, a: 1 },
    ]);
    const increment = (_id: number) => ({ updateOne: { filter: { _id }, update: { $inc: { a: 1 } } } });
    const error = await bulkError(at.collection.bulkWrite([increment(1), increment(2)], { ordered: false }));
    expect(error.result.modifiedCount).to.equal(1);
    expect([error.writeErrors].flat()[0]).to.include({ index: 0, code: 14 });
    expect(await at.collection.findOne({ _id: 2 })).to.deep.equal({ _id: 2, a: 2 });
  });

  it("deletes one, many or all", async () => {
    await at.collection.insertMany([1, 2, 3, 4, 5].map((_id) => ({ _id, user: _id % 2 })));
    expect((await at.collection.deleteOne({ user: 1 })).deletedCount).to.equal(1);
    expect((await at.collection.deleteMany({ user: 1 })).deletedCount).to.equal(2);
    expect((await at.collection.deleteMany({ user: 1 })).deletedCount).to.equal(0);
    expect((await at.collection.deleteMany({})).deletedCount).to.equal(2);
    expect(await at.collection.countDocuments()).to.equal(0);
  });

  it("accepts a document of almost 16 MB and refuses a larger one", async () => {
    const size = 16 * 1024 * 1024 - 100;
    await at.collection.insertOne({ _id: 1, pad: "x".repeat(size) });
    expect((await at.collection.findOne({ _id: 1 }))?.pad).to.have.length(size);
    const error = await refusal(at.collection.updateOne({ _id: 1 }, { $set: { more: "x".repeat(200) } }));
    expect([10334, 17419]).to.include(error.code); // MongoDB has two codes for this
  });

  it("executes an unacknowledged write without replying", async () => {
    const result = await at.collection.insertOne({ _id: 1 }, { writeConcern: { w: 0 } });
    expect(result.acknowledged).to.equal(false);
    const found = async (): Promise<boolean> => (await at.collection.findOne({ _id: 1 })) !== null || found();
    expect(await found()).to.equal(true);
  });

  it("lets every connection read an acknowledged write", async () => {
    await Promise.all(
      Array.from({ length: 100 }, async (_, _id) => {
        await at.collection.insertOne({ _id, n: 0 });
        expect(await at.collection.findOne({ _id })).to.deep.equal({ _id, n: 0 });
        await at.collection.updateOne({ _id }, { $inc: { n: 1 } });
        expect(await at.collection.findOne({ _id })).to.deep.equal({ _id, n: 1 });
      }),
    );
    expect(await at.collection.countDocuments({ n: 1 })).to.equal(100);
  });

  it("loses no concurrent increment", async () => {
    await at.collection.insertOne({ _id: 1, n: 0 });
    const increments = Array.from({ length: 200 }, () =>
      at.collection.updateOne({ _id: 1 }, { $inc: { n: 1 } }),
    );
    await Promise.all(increments);
    expect(await at.collection.findOne({ _id: 1 })).to.deep.equal({ _id: 1, n: 200 });
  });
});
