import type { Document } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import type { Slice } from "../turns/turns.ts";
import type { IndexRecord, IndexSpec } from "./catalog.ts";
import type { CollectionStorage, StoredDocument } from "./collection.ts";
import { keyerOf } from "./index-entries.ts";

/**
 * An index that is being built in slices, while documents are written. Each write keeps the entries of its document right,
 * whether they are there yet or not; so every entry is, at each moment, that of a document as it is stored. All methods
 * only inside `write`.
 */
export class IndexBuild {
  private record: IndexRecord;
  /** The last document whose entries were added. */
  private last: Buffer | undefined;
  /** Why the index cannot be: what a document in it would be refused for. The document itself is not. */
  private refusal: CommandError | undefined;

  constructor(spec: IndexSpec, number: number) {
    this.record = { ...spec, number, multikey: false };
  }

  get number(): number {
    return this.record.number;
  }

  /** Adds entries of the documents that are left, until the slice is over. @returns whether none are left */
  work(collection: CollectionStorage, slice: Slice): boolean {
    for (const stored of collection.readAll(this.last)) {
      this.add(collection, stored);
      if (this.refusal) return true;
      this.last = stored.id;
      if (slice.isOver()) return false;
    }
    return true;
  }

  /** The finished index. @throws CommandError DuplicateKey and others, when there can be none */
  finished(): IndexRecord {
    if (this.refusal) throw this.refusal;
    return this.record;
  }

  add(collection: CollectionStorage, { id, document }: StoredDocument): void {
    try {
      const { keys } = collection.checkedKeys(this.record, document, id);
      collection.addEntries(this.record, keys.keys, id);
      if (keys.throughArray && !this.record.multikey) this.record = { ...this.record, multikey: true };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.refusal ??= error;
    }
  }

  replace(collection: CollectionStorage, before: StoredDocument, after: StoredDocument): void {
    this.remove(collection, before);
    this.add(collection, after);
  }

  remove(collection: CollectionStorage, { id, document }: StoredDocument): void {
    const keys = this.keysOf(document);
    // Another document may have taken the key of one whose own entry was never added.
    const own = this.record.unique
      ? keys.filter((key) => collection.lookUp(this.record, key)[0]?.value.equals(id))
      : keys;
    collection.removeEntries(this.record, own, id);
  }

  /** Those of a document that has none were never added. */
  private keysOf(document: Document): Buffer[] {
    try {
      return keyerOf(this.record).keysOf(document).keys;
    } catch (error) {
      if (error instanceof CommandError) return [];
      throw error;
    }
  }
}
