import { decodeDocument } from "../bson/decode.ts";
import { type Encodable, encodeStored } from "../bson/encode.ts";
import { type Document, show, type Value } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import type { Catalog, CollectionRecord, IndexRecord } from "./catalog.ts";
import { type Environment, MAX_KEY_BYTES } from "./environment.ts";
import { type IndexKeys, keyerOf, valuesOfKey } from "./index-entries.ts";
import type { Reader } from "./snapshot.ts";

/** A stored document with its record id; ids grow in the order of insertion. */
export interface StoredDocument {
  id: Buffer;
  bytes: Buffer;
  document: Document;
}

/**
 * A record id as a number, for work that keeps very many. A Buffer has memory of its own, and V8 may free that of all dead
 * Buffers in one go (when it reduces its memory, as in a long scan), which takes about a microsecond each.
 */
export function numberOfRecord(id: Buffer): number {
  return id.readUIntBE(0, ID_BYTES);
}

const RECORDS = 0;
/** The number of documents, under a number that no index has. Collections of earlier versions have none. */
const COUNTER = 0xfe00;
const ID_BYTES = 6;
const COLLECTION_BYTES = 4;
const PREFIX_BYTES = 6;
/** Every entry's key is shorter than this, so a bound truncated to it is still correct. */
const MAX_BOUND_BYTES = MAX_KEY_BYTES - 1;
/** Sorts after every key with the same prefix, since no key part begins with 255. */
const ABOVE = Buffer.of(255);

/**
 * The documents and index entries of one collection. A key is the collection's number, the index's number, then the
 * record id or the index key; an entry's value is the record id. Writing methods must be called inside `write`, all calls
 * of one instance inside the same one. Each checks first, and throws before it has changed anything.
 */
export class CollectionStorage {
  private readonly environment: Environment;
  private readonly reader: Reader;
  private readonly catalog: Catalog;
  private record: CollectionRecord;
  /** Key prefixes by index number. */
  private readonly prefixes: Buffer[] = [];
  /** The last id given; inside one `write` nobody else gives any. */
  private lastNumber: number | undefined;

  /** Reads from `reader`: by default the present. */
  constructor(
    environment: Environment,
    catalog: Catalog,
    record: CollectionRecord,
    reader: Reader = environment,
  ) {
    this.environment = environment;
    this.reader = reader;
    this.catalog = catalog;
    this.record = record;
  }

  get namespace(): string {
    return this.record.namespace;
  }

  /** Never that of another collection, also if this one is dropped. */
  get number(): number {
    return this.record.number;
  }

  get indexes(): readonly IndexRecord[] {
    return this.record.indexes;
  }

  /** The document with a record id, or undefined. */
  read(id: Buffer): StoredDocument | undefined {
    const bytes = this.reader.get(this.key(RECORDS, id));
    return bytes && { id, bytes, document: decodeDocument(bytes) };
  }

  /** The document with the number of a record id, or undefined. */
  readNumber(number: number): StoredDocument | undefined {
    return this.read(idOfNumber(number));
  }

  /** Every document, in the order of insertion; from one on, those after it. */
  *readAll(after?: Buffer): Iterable<StoredDocument> {
    const { start, end } = this.whole(RECORDS);
    const from = after ? this.key(RECORDS, after, Buffer.of(0)) : start;
    for (const { key, value } of this.reader.range({ start: from, end })) {
      yield { id: key.subarray(PREFIX_BYTES), bytes: value, document: decodeDocument(value) };
    }
  }

  /** The number of documents, if it is known without reading them. */
  count(): number | undefined {
    return this.environment.counter(this.key(COUNTER), this.reader);
  }

  /** The entries of the index keys in [start, end), in index order or reversed; their values are record ids. */
  scanIndex(
    index: IndexRecord,
    range: { start: Buffer; end: Buffer },
    reverse: boolean,
  ): Iterable<{ value: Buffer }> {
    const start = this.key(index.number, range.start).subarray(0, MAX_BOUND_BYTES);
    const end = atMost(this.key(index.number, range.end));
    return this.reader.range({ start, end }, reverse);
  }

  /** The entry under a whole key of a unique index: the same as a scan, but cheaper. */
  lookUp(index: IndexRecord, key: Buffer): { value: Buffer }[] {
    const entry = this.key(index.number, key);
    const value = entry.length <= MAX_KEY_BYTES ? this.reader.get(entry) : undefined;
    return value ? [{ value }] : [];
  }

  /** @throws CommandError DuplicateKey, BSONObjectTooLarge and others. */
  insert(document: Document): void {
    const bytes = encodeStored(document);
    const id = this.nextId();
    const added = this.record.indexes.map((index) => this.checkedKeys(index, document, id));
    this.environment.put(this.key(RECORDS, id), bytes);
    for (const { index, keys } of added) this.addEntries(index, keys.keys, id);
    this.markMultikey(added);
    this.environment.addToCounter(this.key(COUNTER), 1);
    this.catalog.builds.get(this.number)?.add(this, { id, bytes, document });
  }

  /**
   * Replaces a stored document. @returns whether that changed anything
   * @throws CommandError as `insert`
   */
  replace(stored: StoredDocument, after: Document): boolean {
    const bytes = encodeStored(after);
    if (bytes.equals(stored.bytes)) return false;
    const { id } = stored;
    const changes = this.record.indexes
      .filter((index) => keyerOf(index).mayDiffer(stored.document, after))
      .map((index) => {
        const { keys: before } = keyerOf(index).keysOf(stored.document);
        return { before, ...this.checkedKeys(index, after, id) };
      });
    this.environment.put(this.key(RECORDS, id), bytes);
    for (const { index, before, keys } of changes) {
      this.removeEntries(index, without(before, keys.keys), id);
      this.addEntries(index, without(keys.keys, before), id);
    }
    this.markMultikey(changes);
    this.catalog.builds.get(this.number)?.replace(this, stored, { id, bytes, document: after });
    return true;
  }

  remove(stored: StoredDocument): void {
    this.environment.remove(this.key(RECORDS, stored.id));
    for (const index of this.record.indexes) {
      this.removeEntries(index, keyerOf(index).keysOf(stored.document).keys, stored.id);
    }
    this.environment.addToCounter(this.key(COUNTER), -1);
    this.catalog.builds.get(this.number)?.remove(this, stored);
  }

  /** Begins to know the number of documents. Only while there are none. */
  beginCount(): void {
    this.environment.beginCounter(this.key(COUNTER));
  }

  /** Adds an index, whose entries are there. */
  addIndex(index: IndexRecord): void {
    this.save([...this.record.indexes, index]);
  }

  /** The index is not used from now on; its entries, under `prefixOf`, are left. */
  dropIndex(index: IndexRecord): void {
    this.save(this.record.indexes.filter((other) => other !== index));
  }

  /** Deletes the entry in the catalog; all others, under `prefix`, are left. */
  drop(): void {
    this.catalog.remove(this.record.namespace);
  }

  /** What the keys of all entries begin with, or those of one index. */
  prefix(indexNumber?: number): Buffer {
    const prefix = prefixOf(this.record.number, indexNumber ?? 0);
    return indexNumber === undefined ? prefix.subarray(0, COLLECTION_BYTES) : prefix;
  }

  private nextId(): Buffer {
    this.lastNumber ??= this.highestNumber();
    this.lastNumber += 1;
    return idOfNumber(this.lastNumber);
  }

  private highestNumber(): number {
    const [last] = this.environment.range(this.whole(RECORDS), true);
    return last?.key.readUIntBE(PREFIX_BYTES, ID_BYTES) ?? 0;
  }

  /**
   * The keys of a document, checked for length and uniqueness.
   * @throws CommandError DuplicateKey, and for keys that cannot be
   */
  checkedKeys(index: IndexRecord, document: Document, id: Buffer): { index: IndexRecord; keys: IndexKeys } {
    const keys = keyerOf(index).keysOf(document);
    for (const key of keys.keys) {
      if (PREFIX_BYTES + key.length + ID_BYTES >= MAX_BOUND_BYTES) {
        throw new CommandError("Location17280", `key too large to index for ${this.namespace} ${index.name}`);
      }
      const holder = index.unique ? this.environment.get(this.key(index.number, key)) : undefined;
      if (holder && !holder.equals(id)) {
        throw duplicateKey(this.namespace, index, valuesOfKey(index, document, key));
      }
    }
    return { index, keys };
  }

  addEntries(index: IndexRecord, keys: readonly Buffer[], id: Buffer): void {
    for (const key of keys) this.environment.put(this.entryKey(index, key, id), id);
  }

  removeEntries(index: IndexRecord, keys: readonly Buffer[], id: Buffer): void {
    for (const key of keys) this.environment.remove(this.entryKey(index, key, id));
  }

  /** In an index that is not unique, the record id distinguishes documents with the same key. */
  private entryKey(index: IndexRecord, key: Buffer, id: Buffer): Buffer {
    return index.unique ? this.key(index.number, key) : this.key(index.number, key, id);
  }

  private markMultikey(changes: readonly { index: IndexRecord; keys: IndexKeys }[]): void {
    const fresh = changes.filter(({ index, keys }) => keys.throughArray && !index.multikey);
    if (fresh.length === 0) return;
    const marked = new Set(fresh.map(({ index }) => index));
    this.save(this.record.indexes.map((index) => (marked.has(index) ? { ...index, multikey: true } : index)));
  }

  private save(indexes: readonly IndexRecord[]): void {
    this.record = { ...this.record, indexes };
    this.catalog.save(this.record);
  }

  private whole(number: number): { start: Buffer; end: Buffer } {
    return { start: this.key(number), end: this.key(number, ABOVE) };
  }

  private key(number: number, ...parts: Buffer[]): Buffer {
    this.prefixes[number] ??= prefixOf(this.record.number, number);
    return Buffer.concat([this.prefixes[number], ...parts]);
  }
}

function idOfNumber(number: number): Buffer {
  const id = Buffer.alloc(ID_BYTES);
  id.writeUIntBE(number, 0, ID_BYTES);
  return id;
}

function prefixOf(collection: number, index: number): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(collection);
  prefix.writeUInt16BE(index, 4);
  return prefix;
}

/** An upper bound of valid length: itself, or one after every key with its prefix. */
function atMost(bound: Buffer): Buffer {
  if (bound.length <= MAX_KEY_BYTES) return bound;
  return Buffer.concat([bound.subarray(0, MAX_BOUND_BYTES), ABOVE]);
}

function without(keys: readonly Buffer[], others: readonly Buffer[]): Buffer[] {
  return keys.filter((key) => !others.some((other) => other.equals(key)));
}

function duplicateKey(namespace: string, index: IndexRecord, keyValue: Map<string, Value>): CommandError {
  return new CommandError(
    "DuplicateKey",
    `E11000 duplicate key error collection: ${namespace} index: ${index.name} dup key: ${show(keyValue)}`,
    { keyPattern: new Map<string, Encodable>(index.fields), keyValue },
  );
}
