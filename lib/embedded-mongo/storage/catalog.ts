import { Int32 } from "bson";
import { decodeDocument } from "../bson/decode.ts";
import { encodeDocument } from "../bson/encode.ts";
import type { Direction } from "../bson/index-key.ts";
import { type Document, isDocument, isNumber, toNumber, type Value } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import type { Environment } from "./environment.ts";
import type { IndexBuild } from "./index-build.ts";
import type { Reader } from "./snapshot.ts";

export interface IndexSpec {
  name: string;
  fields: readonly (readonly [path: string, direction: Direction])[];
  unique: boolean;
  partialFilter?: Document;
  expireAfterSeconds?: number;
}

export interface IndexRecord extends IndexSpec {
  /** Its number in the keys of its collection. 0 is the documents, 1 the index of `_id`. */
  number: number;
  /** Whether any document has had an array in an indexed field, so that it may have several entries. */
  multikey: boolean;
}

/** A collection's entry in the catalog. */
export interface CollectionRecord {
  /** `database.collection` */
  namespace: string;
  /** The first four bytes of all its keys; never reused. */
  number: number;
  indexes: readonly IndexRecord[];
}

const ID_INDEX: IndexRecord = {
  name: "_id_",
  fields: [["_id", 1]],
  unique: true,
  number: 1,
  multikey: false,
};
/** Collection number 0, which no collection has. */
const CATALOG_PREFIX = Buffer.alloc(4);
const NEXT_NUMBER_KEY = Buffer.from([0, 0, 0, 0, 0]);

/**
 * The list of collections. Read from the environment each time, so that a command sees the catalog of its snapshot;
 * unchanged records are not decoded again.
 */
export class Catalog {
  private readonly environment: Environment;
  private readonly decoded = new Map<string, { bytes: Buffer; record: CollectionRecord }>();
  /** The indexes being built, by the collection's number. There is one at a time for each. */
  readonly builds = new Map<number, IndexBuild>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  find(namespace: string, reader: Reader = this.environment): CollectionRecord | undefined {
    const bytes = reader.get(catalogKey(namespace));
    if (bytes) return this.decode(namespace, bytes);
    this.decoded.delete(namespace);
    return undefined;
  }

  /** The collections whose namespaces have this prefix, sorted. */
  list(prefix = ""): CollectionRecord[] {
    const start = catalogKey(prefix);
    const entries = this.environment.range({ start, end: Buffer.concat([start, Buffer.of(255)]) });
    return Array.from(entries, ({ key, value }) => this.decode(key.toString("utf8", 5), value));
  }

  /** Only inside `write`. */
  create(namespace: string): CollectionRecord {
    refuseBadName(namespace);
    const number = this.environment.get(NEXT_NUMBER_KEY)?.readUInt32BE() ?? 1;
    const next = Buffer.alloc(4);
    next.writeUInt32BE(number + 1);
    this.environment.put(NEXT_NUMBER_KEY, next);
    const record = { namespace, number, indexes: [ID_INDEX] };
    this.save(record);
    return record;
  }

  /** Only inside `write`. */
  save(record: CollectionRecord): void {
    this.environment.put(catalogKey(record.namespace), encodeRecord(record));
  }

  /** Only inside `write`. */
  remove(namespace: string): void {
    this.environment.remove(catalogKey(namespace));
  }

  private decode(namespace: string, bytes: Buffer): CollectionRecord {
    const known = this.decoded.get(namespace);
    if (known?.bytes.equals(bytes)) return known.record;
    const record = decodeRecord(namespace, decodeDocument(bytes));
    this.decoded.set(namespace, { bytes, record });
    return record;
  }
}

/** A byte 1 separates the names from the counter. */
function catalogKey(namespace: string): Buffer {
  return Buffer.concat([CATALOG_PREFIX, Buffer.of(1), Buffer.from(namespace, "utf8")]);
}

function refuseBadName(namespace: string): void {
  const collection = namespace.slice(namespace.indexOf(".") + 1);
  const bad =
    collection === "" ||
    /[$\0]/.test(collection) ||
    /^\.|\.$/.test(collection) ||
    collection.startsWith("system.");
  if (bad) throw new CommandError("InvalidNamespace", `Invalid namespace specified '${namespace}'`);
}

function encodeRecord({ number, indexes }: CollectionRecord): Buffer {
  return encodeDocument({
    number,
    indexes: indexes.map((index) => ({
      number: index.number,
      name: index.name,
      fields: new Map<string, Value>(index.fields.map(([path, direction]) => [path, new Int32(direction)])),
      unique: index.unique,
      multikey: index.multikey,
      ...(index.partialFilter ? { partialFilter: index.partialFilter } : {}),
      ...(index.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: index.expireAfterSeconds }),
    })),
  });
}

function decodeRecord(namespace: string, record: Document): CollectionRecord {
  const indexes = (record.get("indexes") as Value[]).filter(isDocument);
  return { namespace, number: numberOf(record.get("number")), indexes: indexes.map(decodeIndex) };
}

function decodeIndex(index: Document): IndexRecord {
  const partialFilter = index.get("partialFilter");
  const expireAfterSeconds = index.get("expireAfterSeconds");
  return {
    number: numberOf(index.get("number")),
    name: index.get("name") as string,
    fields: Array.from(
      index.get("fields") as Document,
      ([path, direction]) => [path, numberOf(direction) as Direction] as const,
    ),
    unique: index.get("unique") === true,
    multikey: index.get("multikey") === true,
    ...(isDocument(partialFilter) ? { partialFilter } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds: numberOf(expireAfterSeconds) }),
  };
}

function numberOf(value: Value | undefined): number {
  return isNumber(value) ? toNumber(value) : Number.NaN;
}
