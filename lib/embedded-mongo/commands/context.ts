import type { Mutex } from "async-mutex";
import type { Clock } from "../../core/index.ts";
import type { Credentials } from "../access/credentials.ts";
import type { Scram } from "../access/scram.ts";
import type { Encodable, RawBson } from "../bson/encode.ts";
import type { Document } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import type { ScanCounters } from "../query/scan.ts";
import type { Catalog } from "../storage/catalog.ts";
import { CollectionStorage } from "../storage/collection.ts";
import type { Environment } from "../storage/environment.ts";
import type { Garbage } from "../storage/garbage.ts";
import type { Reader } from "../storage/snapshot.ts";
import type { Turns } from "../turns/turns.ts";
import type { Cursors } from "./reading/cursors.ts";

/** The state that commands share. */
export interface ServerContext {
  environment: Environment;
  catalog: Catalog;
  garbage: Garbage;
  turns: Turns;
  /** Held by what creates and drops collections and indexes. */
  schema: Mutex;
  /** Begins to delete what was dropped. */
  giveRoomBack(): void;
  cursors: Cursors;
  counters: ScanCounters;
  clock: Clock;
  /** Identifies this server, so that another process can check whether it owns a folder. */
  token: string;
  /** What clients have to know the password of. */
  credentials: Credentials;
}

/** A connection. */
export interface Client {
  connectionId: number;
  isAuthenticated: boolean;
  /** The conversation in progress by which it authenticates. */
  scram?: Scram | undefined;
}

/** A received command. */
export interface CommandRequest {
  name: string;
  database: string;
  command: Document;
  client: Client;
}

export type Reply = Record<string, Encodable | RawBson>;

/** Executes a command; the dispatcher adds `ok` to the reply. */
export type Handler = (server: ServerContext, request: CommandRequest) => Reply | Promise<Reply>;

/** MongoDB's limit on `database.collection`. */
const MAX_NAMESPACE_BYTES = 255;

/** `database.collection` of a command whose first field names its collection. */
export function namespaceOf({ database, command, name }: CommandRequest): string {
  const collection = command.get(name);
  if (typeof collection !== "string" || collection === "")
    throw new CommandError("InvalidNamespace", `Invalid namespace specified '${database}.'`);
  const namespace = `${database}.${collection}`;
  if (Buffer.byteLength(namespace) > MAX_NAMESPACE_BYTES) {
    throw new CommandError("InvalidNamespace", `Fully qualified namespace is too long: ${namespace}`);
  }
  return namespace;
}

/** The collection of a namespace, or undefined: as it is now, or in a snapshot. */
export function openCollection(
  { environment, catalog }: ServerContext,
  namespace: string,
  reader: Reader = environment,
): CollectionStorage | undefined {
  const record = catalog.find(namespace, reader);
  return record && new CollectionStorage(environment, catalog, record, reader);
}

/** The collection, created if needed. Only inside `write`. */
export function openOrCreate(server: ServerContext, namespace: string): CollectionStorage {
  const existing = openCollection(server, namespace);
  if (existing) return existing;
  const { environment, catalog } = server;
  const created = new CollectionStorage(environment, catalog, catalog.create(namespace));
  created.beginCount();
  return created;
}
