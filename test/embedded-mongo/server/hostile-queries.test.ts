import { expect } from "chai";
import { type Collection, MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";

interface Note {
  _id: number;
  text: string;
}

describe("a hostile regular expression at the embedded MongoDB", () => {
  let server: EmbeddedMongo;
  let client: MongoClient;
  let notes: Collection<Note>;

  before(async () => {
    server = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    client = new MongoClient(server.uri);
    notes = client.db("a").collection<Note>("notes");
    await notes.insertMany([
      { _id: 1, text: "a".repeat(100_000) },
      { _id: 2, text: "ab" },
      { _id: 3, text: "a\n" },
    ]);
  });

  after(async () => {
    await client.close();
    await server.close();
  });

  /** Each of them takes JavaScript's own engine longer than anybody lives. */
  for (const pattern of [
    "^(a+)+b",
    "^(a|a)*b",
    "^(a*)*b",
    "^(a?){500}a{500}b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
  ]) {
    it(`such as ${pattern} is answered at once`, async () => {
      const found = await notes.find({ text: { $regex: pattern } }).toArray();
      expect(found.map(({ _id }) => _id)).to.deep.equal(
        pattern.endsWith("*b") || pattern.endsWith("+b") ? [2] : [],
      );
    });
  }

  for (const pattern of [
    "((a{100}){100}){100}",
    "a{1001}",
    "(".repeat(3_000) + ")".repeat(3_000),
    "a$\n",
    "(a$|b)c",
  ]) {
    it(`such as ${JSON.stringify(pattern.slice(0, 22))} is refused rather than answered wrong`, async () => {
      const failure = await notes.findOne({ text: { $regex: pattern } }).catch((error: unknown) => error);
      expect((failure as { code?: unknown }).code).to.equal(115);
    });
  }

  it("leaves the meaning of others as MongoDB has it", async () => {
    const ids = async ($regex: string, $options = ""): Promise<number[]> =>
      (await notes.find({ text: { $regex, $options } }).toArray()).map(({ _id }) => _id);
    expect(await ids("^a$")).to.deep.equal([3]); // also before a last newline
    expect(await ids("^(b|a)$|^ab$")).to.deep.equal([2, 3]);
    expect(await ids("^A.$", "i")).to.deep.equal([2]);
    expect(await ids("^A.$", "is")).to.deep.equal([2, 3]);
  });
});
