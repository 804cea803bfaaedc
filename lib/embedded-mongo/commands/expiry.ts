import type { Document, Value } from "../bson/values.ts";
import { select } from "../query/scan.ts";
import type { IndexRecord } from "../storage/catalog.ts";
import { CollectionStorage } from "../storage/collection.ts";
import type { ServerContext } from "./context.ts";

/** Deletes what has outlived its TTL index; answers how many documents that were. */
export function expireDocuments(server: ServerContext): Promise<number> {
  return server.environment.write(() => {
    const now = server.clock.now();
    let expired = 0;
    for (const record of server.catalog.list()) {
      const collection = new CollectionStorage(server.environment, server.catalog, record);
      for (const index of record.indexes) {
        if (index.expireAfterSeconds === undefined) continue;
        const query = expiredBefore(index, new Date(now - index.expireAfterSeconds * 1000));
        const stored = select(collection, { query }, server.counters);
        for (const document of stored) collection.remove(document);
        expired += stored.length;
      }
    }
    return expired;
  });
}

/** Only dates expire; of an array, the earliest counts, as in MongoDB. */
function expiredBefore({ fields, partialFilter }: IndexRecord, deadline: Date): Document {
  const path = fields[0]?.[0] ?? "";
  const old: Document = new Map<string, Value>([[path, new Map([["$lt", deadline]])]]);
  return partialFilter ? new Map([["$and", [old, partialFilter]]]) : old;
}
