import type { Document, Value } from "../../bson/values.ts";
import { select } from "../../query/scan.ts";
import type { IndexRecord } from "../../storage/catalog.ts";
import { CollectionStorage, type StoredDocument } from "../../storage/collection.ts";
import { takeAll } from "../../turns/flow.ts";
import type { ServerContext } from "../context.ts";

/** Documents deleted in one transaction by each index; other commands run in between. */
const BATCH = 100;

/** Deletes expired documents, until the signal aborts. @returns the number of deleted documents */
export async function expireDocuments(server: ServerContext, signal?: AbortSignal): Promise<number> {
  let expired = 0;
  // Checked before each write, so that a sweep that finds nothing writes nothing.
  while (!signal?.aborted && findExpired(server, 1).length > 0) {
    expired += await server.environment.write(() => {
      const found = findExpired(server, BATCH);
      for (const { collection, stored } of found) collection.remove(stored);
      return found.length;
    });
    await server.turns.next();
  }
  return expired;
}

/** Expired documents, at most `limit` by each index. */
function findExpired(
  server: ServerContext,
  limit: number,
): { collection: CollectionStorage; stored: StoredDocument }[] {
  const { environment, catalog, counters, clock } = server;
  return catalog.list().flatMap((record) => {
    const collection = new CollectionStorage(environment, catalog, record);
    const found = new Map<string, StoredDocument>();
    for (const index of record.indexes) {
      if (index.expireAfterSeconds === undefined) continue;
      const deadline = new Date(clock.now() - index.expireAfterSeconds * 1000);
      const query = expiredBefore(index, deadline);
      for (const stored of takeAll(select(collection, { query, limit }, counters)))
        found.set(stored.id.toString("hex"), stored);
    }
    return Array.from(found.values(), (stored) => ({ collection, stored }));
  });
}

/** Only dates expire; of an array the earliest counts, as in MongoDB. */
function expiredBefore({ fields, partialFilter }: IndexRecord, deadline: Date): Document {
  const path = fields[0]?.[0] ?? "";
  const old: Document = new Map<string, Value>([[path, new Map([["$lt", deadline]])]]);
  return partialFilter ? new Map([["$and", [old, partialFilter]]]) : old;
}
