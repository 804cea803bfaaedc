import { Long } from "bson";
import type { Encodable } from "../bson/encode.ts";
import { type Document, show, type Value } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import { compileQuery } from "../query/matcher.ts";
import type { IndexRecord, IndexSpec } from "../storage/catalog.ts";
import { CollectionStorage } from "../storage/collection.ts";
import {
  anything,
  collectionName,
  document,
  documents,
  flag,
  ignored,
  readArguments,
  required,
  unsupported,
  withDefault,
} from "./arguments.ts";
import { type Handler, namespaceOf, openCollection, openOrCreate } from "./context.ts";
import { isNamed } from "./hint.ts";
import { readIndexSpec, sameDocuments, sameFields } from "./index-specs.ts";

const EMPTY: Document = new Map();

export const create: Handler = async (server, request) => {
  readArguments(request.command, "create", {
    create: collectionName,
    capped: unsupported,
    timeseries: unsupported,
    viewOn: unsupported,
    validator: unsupported,
    collation: unsupported,
    clusteredIndex: unsupported,
    encryptedFields: unsupported,
    storageEngine: unsupported,
    changeStreamPreAndPostImages: unsupported,
  });
  await server.environment.write(() => openOrCreate(server, namespaceOf(request)));
  return {};
};

export const createIndexes: Handler = (server, request) => {
  const { indexes } = readArguments(request.command, "createIndexes", {
    createIndexes: collectionName,
    indexes: required(documents),
    commitQuorum: ignored,
  });
  if (indexes.length === 0) throw new CommandError("BadValue", "Must specify at least one index to create");
  const specs = indexes.map(readIndexSpec);
  const namespace = namespaceOf(request);
  return server.environment.write(() => {
    const existing = openCollection(server, namespace);
    const collection = existing ?? openOrCreate(server, namespace);
    const numIndexesBefore = collection.indexes.length;
    for (const spec of specs) if (!isThere(collection.indexes, spec)) collection.addIndex(spec);
    const numIndexesAfter = collection.indexes.length;
    return {
      numIndexesBefore,
      numIndexesAfter,
      createdCollectionAutomatically: !existing,
      ...(numIndexesBefore === numIndexesAfter ? { note: "all indexes already exist" } : {}),
    };
  });
};

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

export const listIndexes: Handler = (server, request) => {
  readArguments(request.command, "listIndexes", { listIndexes: collectionName, cursor: ignored });
  const namespace = namespaceOf(request);
  const collection = openCollection(server, namespace);
  if (!collection) throw namespaceNotFound(`ns does not exist: ${namespace}`);
  return singleBatch(namespace, collection.indexes.map(describeIndex));
};

function describeIndex(index: IndexRecord): Encodable {
  return {
    v: 2,
    key: new Map<string, Encodable>(index.fields),
    name: index.name,
    ...(index.unique && index.name !== "_id_" ? { unique: true } : {}),
    ...(index.partialFilter ? { partialFilterExpression: index.partialFilter } : {}),
    ...(index.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: index.expireAfterSeconds }),
  };
}

export const dropIndexes: Handler = (server, request) => {
  const { index: wanted } = readArguments(request.command, "dropIndexes", {
    dropIndexes: collectionName,
    index: required(anything),
  });
  const namespace = namespaceOf(request);
  return server.environment.write(() => {
    const collection = openCollection(server, namespace);
    if (!collection) throw namespaceNotFound(`ns not found ${namespace}`);
    const nIndexesWas = collection.indexes.length;
    for (const index of indexesToDrop(collection, wanted)) collection.dropIndex(index);
    return { nIndexesWas };
  });
};

function indexesToDrop(collection: CollectionStorage, wanted: Value): IndexRecord[] {
  if (wanted === "*") return collection.indexes.filter(({ name }) => name !== "_id_");
  return (Array.isArray(wanted) ? wanted : [wanted]).map((nameOrKey) => {
    const index = collection.indexes.find((candidate) => isNamed(candidate, nameOrKey));
    if (!index) throw new CommandError("IndexNotFound", `index not found with name [${show(nameOrKey)}]`);
    if (index.name === "_id_") throw new CommandError("InvalidOptions", "cannot drop _id index");
    return index;
  });
}

export const listCollections: Handler = (server, request) => {
  const { filter, nameOnly } = readArguments(request.command, "listCollections", {
    listCollections: anything,
    filter: withDefault(document, EMPTY),
    nameOnly: withDefault(flag, false),
    authorizedCollections: ignored,
    cursor: ignored,
  });
  const { matches } = compileQuery(filter);
  const prefix = `${request.database}.`;
  const collections = server.catalog.list(prefix).map(({ namespace }) => namespace.slice(prefix.length));
  const rows = collections
    .filter((name) =>
      matches(
        new Map([
          ["name", name],
          ["type", "collection"],
        ]),
      ),
    )
    .map((name) => ({
      name,
      type: "collection",
      ...(nameOnly
        ? {}
        : { options: {}, info: { readOnly: false }, idIndex: { v: 2, key: { _id: 1 }, name: "_id_" } }),
    }));
  return singleBatch(`${prefix}$cmd.listCollections`, rows);
};

export const listDatabases: Handler = (server, request) => {
  const { filter } = readArguments(request.command, "listDatabases", {
    listDatabases: anything,
    filter: withDefault(document, EMPTY),
    nameOnly: flag,
    authorizedDatabases: ignored,
  });
  const { matches } = compileQuery(filter);
  const names = new Set(
    server.catalog.list().map(({ namespace }) => namespace.slice(0, namespace.indexOf("."))),
  );
  return {
    databases: [...names].filter((name) => matches(new Map([["name", name]]))).map((name) => ({ name })),
  };
};

export const drop: Handler = (server, request) => {
  readArguments(request.command, "drop", { drop: collectionName });
  const namespace = namespaceOf(request);
  return server.environment.write(() => {
    const collection = openCollection(server, namespace);
    if (!collection) return {};
    collection.drop();
    server.cursors.drop(namespace);
    return { nIndexesWas: collection.indexes.length, ns: namespace };
  });
};

export const dropDatabase: Handler = (server, request) => {
  readArguments(request.command, "dropDatabase", { dropDatabase: anything });
  return server.environment.write(() => {
    const { environment, catalog, cursors } = server;
    for (const record of catalog.list(`${request.database}.`)) {
      new CollectionStorage(environment, catalog, record).drop();
      cursors.drop(record.namespace);
    }
    return { dropped: request.database };
  });
};

function singleBatch(namespace: string, firstBatch: readonly Encodable[]) {
  return { cursor: { id: Long.ZERO, ns: namespace, firstBatch } };
}

function namespaceNotFound(message: string): CommandError {
  return new CommandError("NamespaceNotFound", message);
}
