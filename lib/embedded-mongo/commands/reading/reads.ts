import { Long } from "bson";
import { ArrayWriter, encodeDocument, RawBson } from "../../bson/encode.ts";
import { ValueSet } from "../../bson/value-map.ts";
import { type Document, numberOf, type Value } from "../../bson/values.ts";
import { CommandError } from "../../errors.ts";
import { parsePath, somePlace } from "../../query/paths.ts";
import { compileProjection } from "../../query/projection.ts";
import { select } from "../../query/scan.ts";
import type { Snapshot } from "../../storage/snapshot.ts";
import { forEachInTurns, mapFlow } from "../../turns/flow.ts";
import { MAX_MESSAGE_BYTES } from "../../wire/frames.ts";
import {
  anything,
  array,
  collectionName,
  document,
  flag,
  ignored,
  number,
  readArguments,
  required,
  string,
  unsupported,
  count as wholeNumber,
  withDefault,
} from "../arguments.ts";
import { type Handler, namespaceOf, openCollection, type ServerContext } from "../context.ts";
import { checkHint } from "../hint.ts";
import type { CursorQuery } from "./cursors.ts";

const EMPTY: Document = new Map();

export const find: Handler = async (server, request) => {
  const options = readArguments(request.command, "FindCommandRequest", {
    find: collectionName,
    filter: withDefault(document, EMPTY),
    sort: withDefault(document, EMPTY),
    projection: withDefault(document, EMPTY),
    hint: anything,
    skip: withDefault(wholeNumber, 0),
    limit: wholeNumber,
    batchSize: wholeNumber,
    singleBatch: withDefault(flag, false),
    allowDiskUse: ignored,
    allowPartialResults: ignored,
    noCursorTimeout: unsupported,
    collation: unsupported,
    tailable: unsupported,
    awaitData: unsupported,
    returnKey: unsupported,
    showRecordId: unsupported,
    min: unsupported,
    max: unsupported,
    let: unsupported,
    oplogReplay: ignored,
  });
  const namespace = namespaceOf(request);
  const { filter: query, sort, skip, limit, batchSize, singleBatch, projection } = options;
  const project = compileProjection(projection);
  const selection = { query, sort, skip, ...(limit ? { limit } : {}) };
  const results: CursorQuery = (reader, counters) => {
    const collection = openCollection(server, namespace, reader);
    checkHint(collection, options.hint);
    const found = select(collection, selection, counters);
    if (projection.size === 0) return mapFlow(found, ({ bytes }) => bytes);
    return mapFlow(found, ({ document: whole }) => encodeDocument(project(whole)));
  };
  return {
    cursor: await server.cursors.start(namespace, results, {
      singleBatch,
      ...(batchSize === undefined ? {} : { batchSize }),
    }),
  };
};

export const getMore: Handler = async (server, request) => {
  const {
    getMore: id,
    collection,
    batchSize,
  } = readArguments(request.command, "GetMoreCommandRequest", {
    getMore: required(anything),
    collection: required(string),
    batchSize: wholeNumber,
  });
  if (!(id instanceof Long))
    throw new CommandError("TypeMismatch", "BSON field 'getMore.getMore' must be a long");
  const namespace = `${request.database}.${collection}`;
  return { cursor: await server.cursors.next(id, namespace, batchSize || undefined) };
};

export const killCursors: Handler = (server, request) => {
  const { cursors } = readArguments(request.command, "killCursors", {
    killCursors: collectionName,
    cursors: required(array),
  });
  const ids = cursors.filter((id) => id instanceof Long);
  const killed = ids.filter((id) => server.cursors.kill(id, namespaceOf(request)));
  const missing = ids.filter((id) => !killed.includes(id));
  return { cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [] };
};

export const count: Handler = async (server, request) => {
  const options = readArguments(request.command, "CountCommandRequest", {
    count: collectionName,
    query: withDefault(document, EMPTY),
    limit: number,
    skip: withDefault(wholeNumber, 0),
    hint: anything,
    fields: ignored,
    collation: unsupported,
  });
  const namespace = namespaceOf(request);
  const limit = Math.abs(options.limit ?? 0) || Number.POSITIVE_INFINITY; // a negative one counts as its absolute value
  const { query, skip } = options;
  const n = await withSnapshot(server, async (snapshot) => {
    const collection = openCollection(server, namespace, snapshot);
    checkHint(collection, options.hint);
    const known = query.size === 0 ? collection?.count() : undefined;
    if (known !== undefined) return Math.min(Math.max(known - skip, 0), limit);
    let found = 0;
    await forEachInTurns(select(collection, { query, skip, limit }, server.counters), server.turns, () => {
      found += 1;
    });
    return found;
  });
  return { n: numberOf(n) };
};

export const distinct: Handler = async (server, request) => {
  const { key, query } = readArguments(request.command, "distinct", {
    distinct: collectionName,
    key: required(string),
    query: withDefault(document, EMPTY),
    hint: ignored,
    collation: unsupported,
  });
  const path = parsePath(key);
  const namespace = namespaceOf(request);
  const values = new ArrayWriter();
  const known = new ValueSet();
  const add = (value: Value): void => {
    if (known.add(value)) values.add(value);
  };
  await withSnapshot(server, async (snapshot) => {
    const found = select(openCollection(server, namespace, snapshot), { query }, server.counters);
    await forEachInTurns(found, server.turns, (stored) => {
      somePlace(stored.document, path, (place) => {
        if (Array.isArray(place)) place.forEach(add);
        else if (place !== undefined) add(place);
        return false;
      });
      if (values.size > MAX_MESSAGE_BYTES) throw new CommandError("Location17217", "distinct too big");
    });
  });
  return { values: RawBson.elements(values) };
};

/** Reads the data of one moment, in slices of time. */
async function withSnapshot<Result>(
  { environment }: ServerContext,
  read: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const snapshot = environment.snapshot();
  try {
    return await read(snapshot);
  } finally {
    snapshot.release();
  }
}
