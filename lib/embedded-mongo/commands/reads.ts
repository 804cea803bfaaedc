import { Long } from "bson";
import { equalValues } from "../bson/compare.ts";
import { encodeDocument } from "../bson/encode.ts";
import type { Document, Value } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import { parsePath, somePlace } from "../query/paths.ts";
import { compileProjection } from "../query/projection.ts";
import { select } from "../query/scan.ts";
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
} from "./arguments.ts";
import { type Handler, namespaceOf, openCollection } from "./context.ts";
import { checkHint } from "./hint.ts";

const EMPTY: Document = new Map();

export const find: Handler = (server, request) => {
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
  const collection = openCollection(server, namespace);
  checkHint(collection, options.hint);
  const { filter: query, sort, skip, limit, batchSize, singleBatch, projection } = options;
  const project = compileProjection(projection);
  const selection = { query, sort, skip, ...(limit ? { limit } : {}) };
  const found = select(collection, selection, server.counters);
  const results = found.map((stored) =>
    projection.size === 0 ? stored.bytes : encodeDocument(project(stored.document)),
  );
  return {
    cursor: server.cursors.start(namespace, results, {
      singleBatch,
      ...(batchSize === undefined ? {} : { batchSize }),
    }),
  };
};

export const getMore: Handler = (server, request) => {
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
  return { cursor: server.cursors.next(id, `${request.database}.${collection}`, batchSize || undefined) };
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

export const count: Handler = (server, request) => {
  const options = readArguments(request.command, "CountCommandRequest", {
    count: collectionName,
    query: withDefault(document, EMPTY),
    limit: number,
    skip: withDefault(wholeNumber, 0),
    hint: anything,
    fields: ignored,
    collation: unsupported,
  });
  const collection = openCollection(server, namespaceOf(request));
  checkHint(collection, options.hint);
  const limit = Math.abs(options.limit ?? 0); // a negative limit counts as its absolute value
  const selection = { query: options.query, skip: options.skip, ...(limit ? { limit } : {}) };
  return { n: select(collection, selection, server.counters).length };
};

export const distinct: Handler = (server, request) => {
  const { key, query } = readArguments(request.command, "distinct", {
    distinct: collectionName,
    key: required(string),
    query: withDefault(document, EMPTY),
    hint: ignored,
    collation: unsupported,
  });
  const path = parsePath(key);
  const values: Value[] = [];
  const add = (value: Value): void => {
    if (!values.some((known) => equalValues(known, value))) values.push(value);
  };
  for (const stored of select(openCollection(server, namespaceOf(request)), { query }, server.counters)) {
    somePlace(stored.document, path, (place) => {
      if (Array.isArray(place)) place.forEach(add);
      else if (place !== undefined) add(place);
      return false;
    });
  }
  return { values };
};
