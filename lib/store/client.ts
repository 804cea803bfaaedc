import {
  MongoClient,
  type MongoClientOptions,
  MongoError,
  MongoNetworkError,
  MongoServerError,
} from "mongodb";
import { errorCode, errorMessage, OperatorError } from "../core/index.ts";
import { tellCallers } from "./batching/command-group.ts";

export interface ClientOptions {
  uri: string;
  maxPoolSize: number;
  minPoolSize: number;
  /** How long a server is looked for and connected to, in milliseconds; 5 s unless given. */
  connectMs?: number;
  /** Told what the driver does; durations are in milliseconds, errors are codes. */
  observer?: DriverObserver;
}

export interface DriverObserver {
  /** A command goes out after so long a wait for its connection; told in the async context of each call it is for. */
  commandStarted(waitedMs: number): void;
  /** A command ended. `command` is its name and collection, such as `find.updates`. */
  commandEnded(command: string, durationMs: number, error?: string): void;
  /** A connection was taken out of the pool, or was not to be had. */
  checkedOut(durationMs: number, error?: string): void;
}

/** The pool as it is now. */
export interface PoolStats {
  connections: number;
  inUse: number;
  /** Operations that wait for a connection. */
  waiting: number;
}

/**
 * Connects to MongoDB with the pool and timeouts of the two systems Helpline follows: idle connections close after
 * 30 s, sockets give up after 30 s, connecting, server selection and the wait for a connection after 5 s each.
 * A write counts once it is in the journal of most members: an update that is confirmed to Telegram must not be lost.
 * @throws OperatorError when the address cannot be read, the password is refused, or no server answers in time.
 */
export async function connect(
  options: ClientOptions,
): Promise<{ client: MongoClient; pool: () => PoolStats }> {
  const client = createClient(options);
  const pool = watchPool(client);
  if (options.observer) observe(client, options.observer);
  try {
    await client.connect();
    await client.db("admin").command({ ping: 1 });
    return { client, pool };
  } catch (error) {
    await client.close();
    throw connectError(client, error);
  }
}

function observe(client: MongoClient, observer: DriverObserver): void {
  /** The commands under way, by request. */
  const names = new Map<number, string>();
  /** How long connections were waited for whose first command did not go out yet: both events know the connection. */
  const waits = new Map<string, number>();
  function end(requestId: number, commandName: string, durationMs: number, error?: string): void {
    const name = names.get(requestId) ?? commandName;
    names.delete(requestId);
    observer.commandEnded(name, durationMs, error);
  }
  client.on("commandStarted", ({ requestId, commandName, command, address, connectionId }) => {
    const collection: unknown = commandName === "getMore" ? command.collection : command[commandName];
    names.set(requestId, typeof collection === "string" ? `${commandName}.${collection}` : commandName);
    const connection = `${address} ${connectionId}`;
    const waitedMs = waits.get(connection) ?? 0;
    waits.delete(connection);
    tellCallers(() => observer.commandStarted(waitedMs));
  });
  client.on("commandSucceeded", ({ requestId, commandName, duration }) =>
    end(requestId, commandName, duration),
  );
  client.on("commandFailed", ({ requestId, commandName, duration, failure }) =>
    end(requestId, commandName, duration, errorCode(failure)),
  );
  client.on("connectionCheckedOut", ({ address, connectionId, durationMS }) => {
    waits.set(`${address} ${connectionId}`, durationMS);
    observer.checkedOut(durationMS);
  });
  client.on("connectionClosed", ({ address, connectionId }) => waits.delete(`${address} ${connectionId}`));
  client.on("connectionCheckOutFailed", ({ durationMS, reason }) => observer.checkedOut(durationMS, reason));
}

/**
 * A client that connects when it is first used.
 * @throws OperatorError when the address cannot be read.
 */
export function createClient(
  { uri, maxPoolSize, minPoolSize, connectMs = 5_000 }: ClientOptions,
  overrides: MongoClientOptions = {},
): MongoClient {
  try {
    return new MongoClient(uri, {
      appName: "helpline",
      maxPoolSize,
      minPoolSize,
      maxIdleTimeMS: 30_000,
      waitQueueTimeoutMS: 5_000,
      connectTimeoutMS: connectMs,
      serverSelectionTimeoutMS: connectMs,
      socketTimeoutMS: 30_000,
      writeConcern: { w: "majority", journal: true },
      readPreference: "primary", // what was just written must be read
      monitorCommands: true,
      ignoreUndefined: true,
      ...overrides,
    });
  } catch (error) {
    throw new OperatorError(`MONGODB_URI cannot be read: ${errorMessage(error)}`, {
      code: "MONGODB_URI",
      cause: error,
    });
  }
}

/** MongoDB's codes for a wrong password and for one that may not do this. */
const REFUSED: ReadonlySet<unknown> = new Set([18, 13]);

function connectError(client: MongoClient, cause: unknown): OperatorError {
  const hosts = client.options.hosts.map(String).join(", ");
  const problem =
    cause instanceof MongoServerError && REFUSED.has(cause.code)
      ? `MongoDB at ${hosts} refuses the name or password in MONGODB_URI.`
      : `No MongoDB answers at ${hosts}. Is it running, and is MONGODB_URI right?`;
  return new OperatorError(problem, { code: "DATABASE_UNREACHABLE", retryable: true, cause });
}

function watchPool(client: MongoClient): () => PoolStats {
  const stats: PoolStats = { connections: 0, inUse: 0, waiting: 0 };
  client.on("connectionCreated", () => {
    stats.connections += 1;
  });
  client.on("connectionClosed", () => {
    stats.connections -= 1;
  });
  client.on("connectionCheckOutStarted", () => {
    stats.waiting += 1;
  });
  client.on("connectionCheckOutFailed", () => {
    stats.waiting -= 1;
  });
  client.on("connectionCheckedOut", () => {
    stats.waiting -= 1;
    stats.inUse += 1;
  });
  client.on("connectionCheckedIn", () => {
    stats.inUse -= 1;
  });
  return () => ({ ...stats });
}

/**
 * Whether an error means that the database is away (unreachable, shutting down, electing, no free connection in
 * time, no room on its disk), so that the same work can succeed once it is back, rather than that the work itself is wrong.
 */
export function isDatabaseOutage(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false;
  if (error instanceof MongoServerError) {
    return OUTAGE_CODES.has(error.code) || OUTAGE_LABELS.some((label) => error.hasErrorLabel(label));
  }
  return error instanceof MongoNetworkError || OUTAGE_ERRORS.has(error.name);
}

/** The driver's errors that are no MongoNetworkError but mean the same; not all of their classes are exported. */
const OUTAGE_ERRORS: ReadonlySet<string> = new Set([
  "MongoServerSelectionError",
  "MongoWaitQueueTimeoutError",
  "MongoPoolClearedError",
  "MongoPoolClosedError",
  "MongoTopologyClosedError",
  "MongoNotConnectedError",
  "MongoClientClosedError",
  "MongoServerClosedError",
]);

/**
 * The codes after which a driver may try again, from MongoDB's specification of retryable reads and writes
 * (HostUnreachable, NetworkTimeout, ShutdownInProgress, NotWritablePrimary …), and WriteConcernTimeout (64) and
 * OutOfDiskSpace (14031).
 */
const OUTAGE_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 64, 89, 91, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 14031,
]);

const OUTAGE_LABELS = ["RetryableWriteError", "RetryableError", "SystemOverloadedError"];
