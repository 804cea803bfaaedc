import { MongoClient, MongoError, MongoServerError } from "mongodb";
import { AppError, errorCode } from "../core/index.ts";

export interface ClientOptions {
  uri: string;
  maxPoolSize: number;
  minPoolSize: number;
  /** Told of every command's end: its name, its duration in milliseconds, and its error code if it failed. */
  onCommand?: (command: string, durationMs: number, error?: string) => void;
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
 * @throws AppError DATABASE_UNREACHABLE when no server answers in time.
 */
export async function connect(
  options: ClientOptions,
): Promise<{ client: MongoClient; pool: () => PoolStats }> {
  const { uri, maxPoolSize, minPoolSize } = options;
  const client = new MongoClient(uri, {
    appName: "helpline",
    maxPoolSize,
    minPoolSize,
    maxIdleTimeMS: 30_000,
    waitQueueTimeoutMS: 5_000,
    connectTimeoutMS: 5_000,
    serverSelectionTimeoutMS: 5_000,
    socketTimeoutMS: 30_000,
    monitorCommands: true,
    ignoreUndefined: true,
  });
  const pool = watchPool(client);
  const { onCommand } = options;
  if (onCommand) {
    client.on("commandSucceeded", ({ commandName, duration }) => onCommand(commandName, duration));
    client.on("commandFailed", ({ commandName, duration, failure }) =>
      onCommand(commandName, duration, errorCode(failure)),
    );
  }
  try {
    await client.connect();
    await client.db("admin").command({ ping: 1 });
  } catch (error) {
    await client.close();
    const { host } = new URL(uri);
    throw new AppError(`No MongoDB answers at ${host}. Is it running, and is MONGODB_URI right?`, {
      code: "DATABASE_UNREACHABLE",
      retryable: true,
      cause: error,
    });
  }
  return { client, pool };
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
 * Whether an error means that the database is away (unreachable, shutting down, no free connection in time),
 * so that the same work can succeed once it is back, rather than that the work itself is wrong.
 */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof AppError) return error.code === "DATABASE_UNREACHABLE";
  if (!(error instanceof MongoError)) return false;
  if (error instanceof MongoServerError) return error.hasErrorLabel("RetryableWriteError");
  return OUTAGES.has(error.name);
}

const OUTAGES: ReadonlySet<string> = new Set([
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  "MongoServerSelectionError",
  "MongoWaitQueueTimeoutError",
  "MongoPoolClearedError",
  "MongoPoolClosedError",
  "MongoTopologyClosedError",
  "MongoNotConnectedError",
  "MongoClientClosedError",
  "MongoServerClosedError",
]);
