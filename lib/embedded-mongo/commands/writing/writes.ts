import type { Encodable } from "../../bson/encode.ts";
import { type Document, isDocument, numberOf, type Value } from "../../bson/values.ts";
import { CommandError } from "../../errors.ts";
import type { CollectionStorage } from "../../storage/collection.ts";
import { compileUpdate, identified, refuseEmptyTimestamps } from "../../update/update.ts";
import { documentToInsert } from "../../update/upsert.ts";
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
} from "../arguments.ts";
import { type Handler, namespaceOf, openCollection, openOrCreate, type ServerContext } from "../context.ts";
import { checkHint } from "../hint.ts";
import { type ApplyChange, changeAtOnce, changeInTurns } from "./change.ts";
import { runStatements } from "./statements.ts";

/** MongoDB's `maxWriteBatchSize`. */
export const MAX_WRITES = 100_000;

export const insert: Handler = async (server, request) => {
  const { documents: batch, ordered } = readArguments(request.command, "insert", {
    insert: collectionName,
    documents: required(documents),
    ordered: withDefault(flag, true),
    bypassDocumentValidation: ignored,
  });
  checkBatch(batch);
  const namespace = namespaceOf(request);
  let n = 0;
  const failures = await runStatements(server, { statements: batch, ordered }, () => {
    const collection = openOrCreate(server, namespace);
    return (entry) => {
      refuseDollarNames(entry);
      refuseEmptyTimestamps(entry);
      collection.insert(identified(entry));
      n += 1;
      return undefined;
    };
  });
  return { n: numberOf(n), ...failures };
};

export const update: Handler = async (server, request) => {
  const { updates, ordered } = readArguments(request.command, "update", {
    update: collectionName,
    updates: required(documents),
    ordered: withDefault(flag, true),
    bypassDocumentValidation: ignored,
    let: unsupported,
  });
  checkBatch(updates);
  const namespace = namespaceOf(request);
  let [n, nModified] = [0, 0];
  const upserted: Encodable[] = [];
  const failures = await runStatements(server, { statements: updates, ordered }, () => {
    const collection = openCollection(server, namespace);
    return (statement, index) => {
      const add = (result: UpdateResult): void => {
        n += result.matched;
        nModified += result.modified;
        if (result.upsertedId !== undefined) upserted.push({ index, _id: result.upsertedId });
      };
      // An earlier statement's upsert may have created the collection.
      const existing = collection ?? openCollection(server, namespace);
      const later = updateOne(server, namespace, existing, statement, add);
      return later;
    };
  });
  return {
    n: numberOf(n),
    nModified: numberOf(nModified),
    ...(upserted.length > 0 ? { upserted } : {}),
    ...failures,
  };
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
  add: (result: UpdateResult) => void,
): (() => Promise<void>) | undefined {
  const options = readArguments(statement, "update.updates", STATEMENT);
  const compiled = compileUpdate(options.u);
  if (options.multi && compiled.isReplacement) {
    throw new CommandError("FailedToParse", "multi update is not supported for replacement-style update");
  }
  checkHint(existing, options.hint);
  const selection = { query: options.q, ...(options.multi ? {} : { limit: 1 }) };
  const now = new Date(server.clock.now());
  const apply: ApplyChange = (collection, stored) => {
    const modified = collection.replace(stored, compiled.apply(stored.document, { now, inserting: false }));
    add({ matched: 1, modified: modified ? 1 : 0 });
  };
  const upsert = (): void => {
    const inserted = documentToInsert(options.q, compiled, now);
    openOrCreate(server, namespace).insert(inserted);
    add({ matched: 1, modified: 0, upsertedId: inserted.get("_id") ?? null });
  };
  const matched = changeAtOnce(server, existing, selection, apply);
  if (matched === undefined) {
    return async () => {
      const found = await changeInTurns(server, namespace, selection, apply);
      if (found === 0 && options.upsert) await server.environment.write(upsert);
    };
  }
  if (matched === 0 && options.upsert) upsert();
  return undefined;
}

export const remove: Handler = async (server, request) => {
  const { deletes, ordered } = readArguments(request.command, "delete", {
    delete: collectionName,
    deletes: required(documents),
    ordered: withDefault(flag, true),
    let: unsupported,
  });
  checkBatch(deletes);
  const namespace = namespaceOf(request);
  let n = 0;
  const apply: ApplyChange = (collection, stored) => {
    collection.remove(stored);
    n += 1;
  };
  const failures = await runStatements(server, { statements: deletes, ordered }, () => {
    const collection = openCollection(server, namespace);
    return (statement) => removeMatching(server, namespace, collection, statement, apply);
  });
  return { n: numberOf(n), ...failures };
};

function removeMatching(
  server: ServerContext,
  namespace: string,
  collection: CollectionStorage | undefined,
  statement: Document,
  apply: ApplyChange,
): (() => Promise<void>) | undefined {
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
  const selection = { query: q, ...(limit === 1 ? { limit } : {}) };
  if (changeAtOnce(server, collection, selection, apply) !== undefined) return undefined;
  return async () => {
    await changeInTurns(server, namespace, selection, apply);
  };
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
