import { CommandError } from "../../errors.ts";
import type { IndexRecord, IndexSpec } from "../../storage/catalog.ts";
import type { CollectionStorage } from "../../storage/collection.ts";
import { IndexBuild } from "../../storage/index-build.ts";
import { openCollection, openOrCreate, type Reply, type ServerContext } from "../context.ts";
import { sameDocuments, sameFields } from "./index-specs.ts";

/**
 * Builds the indexes that are missing, all of them or none: in one transaction if that does not take long, else in slices
 * of time, beside other reads and writes. An index is used from when it is complete.
 * @throws CommandError DuplicateKey and others, when there can be no such index
 */
export async function buildIndexes(
  server: ServerContext,
  namespace: string,
  specs: readonly IndexSpec[],
): Promise<Reply> {
  const work = new BuildWork(server, namespace, specs);
  try {
    while (!(await server.environment.write(() => work.goOn()))) await server.turns.next();
  } catch (error) {
    await work.undo();
    throw error;
  }
  return work.reply();
}

class BuildWork {
  private readonly server: ServerContext;
  private readonly namespace: string;
  private readonly specs: readonly IndexSpec[];
  private isBegun = false;
  private createdCollection = false;
  private before = 0;
  private after = 0;
  /** The one under way when a transaction ended. */
  private current: { build: IndexBuild; collection: CollectionStorage } | undefined;
  /** Those that are complete since an earlier transaction. */
  private readonly committed: IndexRecord[] = [];
  private at = 0;

  constructor(server: ServerContext, namespace: string, specs: readonly IndexSpec[]) {
    this.server = server;
    this.namespace = namespace;
    this.specs = specs;
  }

  /** Works until it is late. Only inside `write`. @returns whether everything is done */
  goOn(): boolean {
    const slice = this.server.turns.slice();
    const collection = this.open();
    const completed: IndexRecord[] = [];
    for (; this.at < this.specs.length; this.at += 1) {
      const spec = this.specs[this.at];
      if (!spec || (!this.current && isThere(collection.indexes, spec))) continue;
      const build = this.current?.build ?? new IndexBuild(spec, this.freeNumber(collection));
      if (!build.work(collection, slice)) {
        this.keep(build, collection);
        break;
      }
      collection.addIndex(build.finished());
      completed.push(build.finished());
      this.forget(collection);
    }
    this.committed.push(...completed);
    this.after = collection.indexes.length;
    return this.at >= this.specs.length;
  }

  /** Leaves no index of these, nor entries of an unfinished one. */
  async undo(): Promise<void> {
    const { current, committed } = this;
    const { builds } = this.server.catalog;
    if (current) {
      builds.delete(current.collection.number);
      this.server.garbage.release(current.collection.prefix(current.build.number));
    }
    await this.server.environment.write(() => {
      const collection = openCollection(this.server, this.namespace);
      for (const { name } of committed) {
        const index = collection?.indexes.find((candidate) => candidate.name === name);
        if (!index || !collection) continue;
        collection.dropIndex(index);
        this.server.garbage.add(collection.prefix(index.number));
      }
    });
    this.server.giveRoomBack();
  }

  reply(): Reply {
    return {
      numIndexesBefore: this.before,
      numIndexesAfter: this.after,
      createdCollectionAutomatically: this.createdCollection,
      ...(this.before === this.after ? { note: "all indexes already exist" } : {}),
    };
  }

  private open(): CollectionStorage {
    const existing = openCollection(this.server, this.namespace);
    const collection = existing ?? openOrCreate(this.server, this.namespace);
    if (!this.isBegun) {
      this.isBegun = true;
      this.createdCollection = !existing;
      this.before = collection.indexes.length;
      for (const spec of this.specs) isThere(collection.indexes, spec); // refuses before anything is built
    }
    return collection;
  }

  /** A number that no entries have, not even left-over ones. */
  private freeNumber(collection: CollectionStorage): number {
    let number = 1 + Math.max(...collection.indexes.map((index) => index.number));
    while (this.server.garbage.has(collection.prefix(number))) number += 1;
    return number;
  }

  /** Lets it be known to those who write, and after a crash. */
  private keep(build: IndexBuild, collection: CollectionStorage): void {
    if (this.current) return;
    this.current = { build, collection };
    const prefix = collection.prefix(build.number);
    this.server.garbage.keep(prefix);
    this.server.garbage.add(prefix);
    this.server.catalog.builds.set(collection.number, build);
  }

  private forget(collection: CollectionStorage): void {
    if (!this.current) return;
    const prefix = collection.prefix(this.current.build.number);
    this.server.garbage.withdraw(prefix);
    this.server.garbage.release(prefix);
    this.server.catalog.builds.delete(collection.number);
    this.current = undefined;
  }
}

function isThere(indexes: readonly IndexRecord[], spec: IndexSpec): boolean {
  const sameName = indexes.find(({ name }) => name === spec.name);
  const sameKeys = indexes.find((index) => sameFields(index, spec));
  if (sameKeys?.name === "_id_") return true;
  if (sameName && (!sameFields(sameName, spec) || !sameDocuments(sameName, spec))) {
    throw new CommandError(
      "IndexKeySpecsConflict",
      `An existing index has the same name as the requested index: ${spec.name}, with other keys or options.`,
    );
  }
  if (sameName && sameName.expireAfterSeconds !== spec.expireAfterSeconds) {
    throw new CommandError(
      "IndexOptionsConflict",
      `An equivalent index already exists with the same name but different options: ${spec.name}`,
    );
  }
  if (sameKeys && !sameName) {
    throw new CommandError(
      "IndexOptionsConflict",
      `Index already exists with a different name: ${sameKeys.name}`,
    );
  }
  return sameName !== undefined;
}
