import { BSON, type Document, Long } from "mongodb";
import { OperatorError } from "../../core/index.ts";
import { ByteReader } from "./byte-reader.ts";
import { Crc64 } from "./crc64.ts";
import { toBson } from "./typed-documents.ts";

const { EJSON } = BSON;

/*
 * The format of `mongodump --archive`, which `mongorestore --archive` reads: a magic number; a header and a description
 * of each collection, up to a terminator; then blocks of one collection's documents behind a header that names it, each
 * up to a terminator; the last block of a collection has no documents and their checksum. All but the magic number and
 * the terminators is BSON.
 */
const MAGIC = 0x8199e26d;
const TERMINATOR = 0xffffffff;
const FORMAT_VERSION = "0.1";
/** MongoDB's limit for a document, with what its own documents may have on top. */
const MAX_BSON_BYTES = 16 * 1024 * 1024 + 16 * 1024;

/** A collection, as an archive describes it. */
export interface ArchivedCollection {
  database: string;
  name: string;
  /** Every index but that of `_id`, as `createIndexes` takes them. */
  indexes: readonly Document[];
}

/** A collection with its documents. */
export interface CollectionToArchive extends ArchivedCollection {
  documents(): AsyncIterable<Document>;
}

/** What an archive is made of, in order: every collection, then for each its documents and its end. */
export type ArchivePart =
  | { kind: "collection"; collection: ArchivedCollection }
  | { kind: "document"; collection: ArchivedCollection; document: Buffer }
  | { kind: "end"; collection: ArchivedCollection };

/** The bytes of an archive. */
export async function* writeArchive(
  collections: readonly CollectionToArchive[],
  { serverVersion, toolVersion }: { serverVersion: string; toolVersion: string },
): AsyncGenerator<Uint8Array> {
  yield uint32(MAGIC);
  yield BSON.serialize({
    concurrent_collections: 1,
    version: FORMAT_VERSION,
    server_version: serverVersion,
    tool_version: toolVersion,
  });
  for (const { database, name, indexes } of collections) {
    const metadata = EJSON.stringify({
      options: {},
      indexes: [{ v: 2, key: { _id: 1 }, name: "_id_" }, ...indexes],
      collectionName: name,
      type: "collection",
    });
    yield BSON.serialize({ db: database, collection: name, metadata, size: 0, type: "collection" });
  }
  yield uint32(TERMINATOR);
  for (const collection of collections) yield* blocksOf(collection);
}

async function* blocksOf({ database, name, documents }: CollectionToArchive): AsyncGenerator<Uint8Array> {
  const crc = new Crc64();
  const header = (isEnd: boolean): Uint8Array =>
    BSON.serialize({
      db: database,
      collection: name,
      EOF: isEnd,
      CRC: Long.fromBigInt(isEnd ? crc.value() : 0n),
    });
  yield header(false);
  for await (const document of documents()) {
    const bytes = toBson(document);
    crc.update(bytes);
    yield bytes;
  }
  yield uint32(TERMINATOR);
  yield header(true);
  yield uint32(TERMINATOR);
}

/**
 * Reads an archive, also one that `mongodump` wrote.
 * @throws OperatorError BACKUP_DAMAGED when it is cut short, changed or something else
 */
export async function* readArchive(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ArchivePart> {
  const bytes = new ByteReader(chunks);
  if ((await bytes.take(4))?.readUInt32LE() !== MAGIC) throw damaged("it is not an archive of MongoDB");
  await nextDocument(bytes); // the header
  const open = new Map<string, { collection: ArchivedCollection; crc: Crc64 }>();
  for (let next = await nextDocument(bytes); next; next = await nextDocument(bytes)) {
    const collection = collectionOf(BSON.deserialize(next));
    if (!collection) continue;
    open.set(keyOf(collection.database, collection.name), { collection, crc: new Crc64() });
    yield { kind: "collection", collection };
  }
  while (!(await bytes.isAtEnd())) {
    const header = BSON.deserialize((await nextDocument(bytes)) ?? fail("a block has no header"), {
      useBigInt64: true,
    });
    const key = keyOf(String(header.db), String(header.collection));
    const current = open.get(key);
    for (let document = await nextDocument(bytes); document; document = await nextDocument(bytes)) {
      if (!current) continue; // a view or MongoDB's own
      current.crc.update(document);
      yield { kind: "document", collection: current.collection, document };
    }
    if (header.EOF !== true || !current) continue;
    if (current.crc.value() !== header.CRC) fail(`the checksum of ${current.collection.name} is wrong`);
    open.delete(key);
    yield { kind: "end", collection: current.collection };
  }
  const [missing] = open.values();
  if (missing) fail(`it ends before ${missing.collection.name} is complete`);
}

/** Null for what holds no documents of its own. */
function collectionOf({ db, collection, metadata, type }: Document): ArchivedCollection | null {
  if (type !== undefined && type !== "" && type !== "collection") return null;
  const described = metadata ? (EJSON.parse(String(metadata)) as { indexes?: Document[] }) : {};
  const indexes = (described.indexes ?? []).filter(({ name }) => name !== "_id_");
  return { database: String(db), name: String(collection), indexes };
}

/** The bytes of the next document; null at a terminator. */
async function nextDocument(bytes: ByteReader): Promise<Buffer | null> {
  const size = (await bytes.peek(4))?.readUInt32LE();
  if (size === TERMINATOR) {
    await bytes.take(4);
    return null;
  }
  if (size === undefined) return fail("it is cut short");
  if (size < 5 || size > MAX_BSON_BYTES) return fail("a document has an impossible size");
  return (await bytes.take(size)) ?? fail("it is cut short");
}

function keyOf(database: string, name: string): string {
  return `${database}.${name}`;
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function fail(why: string): never {
  throw damaged(why);
}

/** What is read instead of a whole archive. */
export function damaged(why: string, cause?: unknown): OperatorError {
  return new OperatorError(`The backup cannot be used: ${why}.`, { code: "BACKUP_DAMAGED", cause });
}
