import { expect } from "chai";
import { BSON, Double, Int32, Long, ObjectId } from "mongodb";
import { type ArchivePart, readArchive, writeArchive } from "../../../lib/store/transfer/archive.ts";
import { Crc64 } from "../../../lib/store/transfer/crc64.ts";
import { collect } from "../../support/collect.ts";

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function partsOf(bytes: Buffer, chunkSize = 7): Promise<ArchivePart[]> {
  return await collect(readArchive(inChunks(bytes, chunkSize)));
}

const DOCUMENTS = [
  {
    _id: new Int32(1),
    text: "Hallå 😀",
    at: new Date(5),
    nested: { list: [new Double(1), Long.fromNumber(2)] },
  },
  { _id: new Int32(2), id: new ObjectId() },
];
const PEOPLE = { database: "helpline", name: "people", indexes: [{ v: 2, key: { at: 1 }, name: "at_1" }] };

async function sampleArchive(): Promise<Buffer> {
  async function* documents() {
    yield* DOCUMENTS;
  }
  async function* none() {}
  const collections = [
    { ...PEOPLE, documents },
    { ...PEOPLE, name: "empty", indexes: [], documents: none },
  ];
  return Buffer.concat(
    await collect(writeArchive(collections, { serverVersion: "7.0.0", toolVersion: "test" })),
  );
}

describe("an archive", () => {
  it("gives back every collection, index and document, to the bit", async () => {
    const parts = await partsOf(await sampleArchive());
    expect(parts.map(({ kind, collection }) => `${kind} ${collection.name}`)).to.deep.equal([
      "collection people",
      "collection empty",
      "document people",
      "document people",
      "end people",
      "end empty",
    ]);
    expect(parts[0]?.collection).to.deep.equal(PEOPLE);
    const documents = parts.flatMap((part) => (part.kind === "document" ? [part.document] : []));
    expect(documents).to.deep.equal(DOCUMENTS.map((document) => Buffer.from(BSON.serialize(document))));
  });

  it("has the layout of mongodump's: magic number, prelude, blocks, checksum", async () => {
    const bytes = await sampleArchive();
    expect(bytes.readUInt32LE(0)).to.equal(0x8199e26d);
    const header = BSON.deserialize(bytes.subarray(4, 4 + bytes.readInt32LE(4)));
    expect(header).to.deep.equal({
      concurrent_collections: 1,
      version: "0.1",
      server_version: "7.0.0",
      tool_version: "test",
    });
    const end = bytes.subarray(-4);
    expect(end.readUInt32LE(0)).to.equal(0xffffffff);
  });

  it("interleaves collections, as mongodump does with several at a time", async () => {
    const one = BSON.serialize({ _id: 1 });
    const block = (collection: string, document: Uint8Array | null, crc = 0n): Uint8Array[] => [
      BSON.serialize({ db: "d", collection, EOF: document === null, CRC: Long.fromBigInt(crc) }),
      ...(document ? [document] : []),
      Buffer.from("ffffffff", "hex"),
    ];
    const crc = new Crc64().update(one).update(one).value();
    const bytes = Buffer.concat([
      Buffer.from("6de29981", "hex"),
      BSON.serialize({ version: "0.1" }),
      BSON.serialize({ db: "d", collection: "a", metadata: "", size: 0, type: "" }),
      BSON.serialize({ db: "d", collection: "view", metadata: "", size: 0, type: "view" }),
      BSON.serialize({ db: "d", collection: "b", metadata: '{"indexes":[]}', size: 0, type: "collection" }),
      Buffer.from("ffffffff", "hex"),
      ...block("a", one),
      ...block("b", null),
      ...block("view", null),
      ...block("a", one),
      ...block("a", null, crc),
    ]);
    const kinds = (await partsOf(bytes)).map(({ kind, collection }) => `${kind} ${collection.name}`);
    expect(kinds).to.deep.equal([
      "collection a",
      "collection b",
      "document a",
      "end b",
      "document a",
      "end a",
    ]);
  });

  it("is refused when a byte differs, and wherever it is cut short", async () => {
    const bytes = await sampleArchive();
    const at = bytes.indexOf("Hall");
    const changed = Buffer.from(bytes);
    changed[at] = 0x68;
    const refusal = async (damaged: Buffer): Promise<string> => {
      const error = await partsOf(damaged, 64).then(
        () => null,
        (reason: unknown) => reason,
      );
      return error instanceof Error ? error.message : "no error";
    };
    expect(await refusal(changed)).to.equal("The backup cannot be used: the checksum of people is wrong.");
    expect(await refusal(Buffer.from("not an archive"))).to.include("is not an archive of MongoDB");
    for (let length = 0; length < bytes.length; length += 1) {
      expect(await refusal(bytes.subarray(0, length)), `${length} bytes`).to.match(
        /^The backup cannot be used/,
      );
    }
  });
});

describe("the checksum", () => {
  it("is CRC-64/XZ", () => {
    expect(BigInt.asUintN(64, new Crc64().update(Buffer.from("123456789")).value())).to.equal(
      0x995dc9bbdf1939fan,
    );
  });
});
