import type { Encodable } from "../bson/encode.ts";
import { type Document, isDocument, type Value } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import { select } from "../query/scan.ts";
import type { CollectionStorage } from "../storage/collection.ts";
import { compileUpdate, identified, refuseEmptyTimestamps } from "../update/update.ts";
import { documentToInsert } from "../update/upsert.ts";
import {
  anything,
  collectionName,
  document,
  documents,
  flag,
  ignored,
  number,
  readArguments,
  required,
  unsupported,
  withDefault,
} from "./arguments.ts";
import {
  type Handler,
  namespaceOf,
  openCollection,
  openOrCreate,
  type Reply,
  type ServerContext,
} from "./context.ts";
import { checkHint } from "./hint.ts";
import { errorFields } from "./reply.ts";

/** MongoDB's `maxWriteBatchSize`. */
export const MAX_WRITES = 100_000;

export const insert: Handler = (server, request) => {
  const { documents: batch, ordered } = readArguments(request.command, "insert", {
    insert: collectionName,
    documents: required(documents),
    ordered: withDefault(flag, true),
    bypassDocumentValidation: ignored,
  });
  checkBatch(batch);
  const namespace = namespaceOf(request);
  return server.environment.write(() => {
    const collection = openOrCreate(server, namespace);
    let n = 0;
    const failures = each(batch, ordered, (entry) => {
      refuseDollarNames(entry);
      refuseEmptyTimestamps(entry);
      collection.insert(identified(entry));
      n += 1;
    });
    return { n, ...failures };
  });
};

export const update: Handler = (server, request) => {
  const { updates, ordered } = readArguments(request.command, "update", {
    update: collectionName,
    updates: required(documents),
    ordered: withDefault(flag, true),
    bypassDocumentValidation: ignored,
    let: unsupported,
  });
  checkBatch(updates);
  const namespace = namespaceOf(request);
  return server.environment.write(() => {
    let [n, nModified] = [0, 0];
    const upserted: Encodable[] = [];
    const collection = openCollection(server, namespace);
    const failures = each(updates, ordered, (statement, index) => {
      // An earlier statement's upsert may have created the collection.
      const existing = collection ?? openCollection(server, namespace);
      const result = updateOne(server, namespace, existing, statement);
      n += result.matched;
      nModified += result.modified;
      if (result.upsertedId !== undefined) upserted.push({ index, _id: result.upsertedId });
    });
    return { n, nModified, ...(upserted.length > 0 ? { upserted } : {}), ...failures };
  });
};

interface UpdateResult {
  matched: number;
  modified: number;
  upsertedId?: Value;
}

/** The arguments of one statement of an update. */
const STATEMENT = {
  q: required(document),
  u: required(anything),
  multi: withDefault(flag, false),
  upsert: withDefault(flag, false),
  hint: anything,
  collation: unsupported,
  arrayFilters: unsupported,
  c: unsupported,
};

function updateOne(
  server: ServerContext,
  namespace: string,
  existing: CollectionStorage | undefined,
  statement: Document,
): UpdateResult {
  const options = readArguments(statement, "update.updates", STATEMENT);
  const compiled = compileUpdate(options.u);
  if (options.multi && compiled.isReplacement) {
    throw new CommandError("FailedToParse", "multi update is not supported for replacement-style update");
  }
  checkHint(existing, options.hint);
  const selection = {
    query: options.q,
    ...(options.multi ? {} : { limit: 1 }),
  };
  const matches = select(existing, selection, server.counters);
  const now = new Date(server.clock.now());
  if (matches.length === 0 && options.upsert) {
    const inserted = documentToInsert(options.q, compiled, now);
    (existing ?? openOrCreate(server, namespace)).insert(inserted);
    return { matched: 1, modified: 0, upsertedId: inserted.get("_id") ?? null };
  }
  let modified = 0;
  for (const stored of matches) {
    const after = compiled.apply(stored.document, { now, inserting: false });
    if (existing?.replace(stored, after)) modified += 1;
  }
  return { matched: matches.length, modified };
}

export const remove: Handler = (server, request) => {
  const { deletes, ordered } = readArguments(request.command, "delete", {
    delete: collectionName,
    deletes: required(documents),
    ordered: withDefault(flag, true),
    let: unsupported,
  });
  checkBatch(deletes);
  const namespace = namespaceOf(request);
  return server.environment.write(() => {
    const collection = openCollection(server, namespace);
    let n = 0;
    const failures = each(deletes, ordered, (statement) => {
      n += removeMatching(server, collection, statement);
    });
    return { n, ...failures };
  });
};

function removeMatching(
  server: ServerContext,
  collection: CollectionStorage | undefined,
  statement: Document,
): number {
  const { q, limit, hint } = readArguments(statement, "delete.deletes", {
    q: required(document),
    limit: required(number),
    hint: anything,
    collation: unsupported,
  });
  if (limit !== 0 && limit !== 1) {
    throw new CommandError("FailedToParse", `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  }
  checkHint(collection, hint);
  const matches = select(collection, { query: q, ...(limit === 1 ? { limit } : {}) }, server.counters);
  for (const stored of matches) collection?.remove(stored);
  return matches.length;
}

/** Executes statements in order and collects their errors; an ordered batch ends at the first. */
function each(
  statements: readonly Document[],
  ordered: boolean,
  act: (statement: Document, index: number) => void,
): Reply {
  const writeErrors: Encodable[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      act(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      writeErrors.push({ index, ...errorFields(error) });
      if (ordered) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}

function checkBatch(statements: readonly Document[]): void {
  if (statements.length >= 1 && statements.length <= MAX_WRITES) return;
  throw new CommandError(
    "InvalidLength",
    `Write batch sizes must be between 1 and ${MAX_WRITES}. Got ${statements.length} operations.`,
  );
}

/** Stricter than MongoDB, which stores such names although a query cannot refer to them. */
function refuseDollarNames(entry: Document): void {
  const id = entry.get("_id");
  const names = [...entry.keys(), ...(isDocument(id) ? id.keys() : [])];
  const bad = names.find((name) => name.startsWith("$"));
  if (bad !== undefined) {
    throw new CommandError(
      "DollarPrefixedFieldName",
      `The dollar ($) prefixed field '${bad}' is not allowed here.`,
    );
  }
}
