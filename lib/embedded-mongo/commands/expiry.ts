import type { Document, Value } from "../bson/values.ts";
import { select } from "../query/scan.ts";
import type { IndexRecord } from "../storage/catalog.ts";
import { CollectionStorage, type StoredDocument } from "../storage/collection.ts";
import type { ServerContext } from "./context.ts";

/** Deletes what has outlived its TTL index; answers how many documents that were. */
export async function expireDocuments(server: ServerContext): Promise<number> {
  if (findExpired(server).length === 0) return 0; // so that nothing is written every minute
  return server.environment.write(() => {
    const expired = findExpired(server);
    for (const { collection, stored } of expired) collection.remove(stored);
    return expired.length;
  });
}

function findExpired(server: ServerContext): { collection: CollectionStorage; stored: StoredDocument }[] {
  const { environment, catalog, counters, clock } = server;
  return catalog.list().flatMap((record) => {
    const collection = new CollectionStorage(environment, catalog, record);
    const found = new Map<string, StoredDocument>();
    for (const index of record.indexes) {
      if (index.expireAfterSeconds === undefined) continue;
      const deadline = new Date(clock.now() - index.expireAfterSeconds * 1000);
      const query = expiredBefore(index, deadline);
      for (const stored of select(collection, { query }, counters))
        found.set(stored.id.toString("hex"), stored);
    }
    return Array.from(found.values(), (stored) => ({ collection, stored }));
  });
}

/** Only dates expire; of an array, the earliest counts, as in MongoDB. */
function expiredBefore({ fields, partialFilter }: IndexRecord, deadline: Date): Document {
  const path = fields[0]?.[0] ?? "";
  const old: Document = new Map<string, Value>([[path, new Map([["$lt", deadline]])]]);
  return partialFilter ? new Map([["$and", [old, partialFilter]]]) : old;
}
