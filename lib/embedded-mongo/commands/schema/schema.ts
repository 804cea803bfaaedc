import { Long } from "bson";
import type { Encodable } from "../../bson/encode.ts";
import { type Document, show, type Value } from "../../bson/values.ts";
import { CommandError } from "../../errors.ts";
import { compileQuery } from "../../query/matcher.ts";
import type { IndexRecord } from "../../storage/catalog.ts";
import { CollectionStorage } from "../../storage/collection.ts";
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
} from "../arguments.ts";
import {
  type Handler,
  namespaceOf,
  openCollection,
  openOrCreate,
  type Reply,
  type ServerContext,
} from "../context.ts";
import { isNamed } from "../hint.ts";
import { buildIndexes } from "./index-builds.ts";
import { readIndexSpec } from "./index-specs.ts";

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
  return server.schema.runExclusive(() => buildIndexes(server, namespace, specs));
};

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
  return dropping(server, () => {
    const collection = openCollection(server, namespace);
    if (!collection) throw namespaceNotFound(`ns not found ${namespace}`);
    const nIndexesWas = collection.indexes.length;
    for (const index of indexesToDrop(collection, wanted)) {
      collection.dropIndex(index);
      server.garbage.add(collection.prefix(index.number));
    }
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
  return dropping(server, () => {
    const collection = openCollection(server, namespace);
    if (!collection) return {};
    dropCollection(server, collection);
    return { nIndexesWas: collection.indexes.length, ns: namespace };
  });
};

export const dropDatabase: Handler = (server, request) => {
  readArguments(request.command, "dropDatabase", { dropDatabase: anything });
  return dropping(server, () => {
    const { environment, catalog } = server;
    for (const record of catalog.list(`${request.database}.`)) {
      dropCollection(server, new CollectionStorage(environment, catalog, record));
    }
    return { dropped: request.database };
  });
};

/** Only inside `write`. */
function dropCollection(server: ServerContext, collection: CollectionStorage): void {
  collection.drop();
  server.garbage.add(collection.prefix());
  server.cursors.drop(collection.namespace);
}

/** What is dropped is out of sight at once; its room is given back afterwards, and the file made smaller if it is much. */
async function dropping(server: ServerContext, forget: () => Reply): Promise<Reply> {
  const reply = await server.schema.runExclusive(() => server.environment.write(forget));
  server.giveRoomBack();
  return reply;
}

function singleBatch(namespace: string, firstBatch: readonly Encodable[]) {
  return { cursor: { id: Long.ZERO, ns: namespace, firstBatch } };
}

function namespaceNotFound(message: string): CommandError {
  return new CommandError("NamespaceNotFound", message);
}
