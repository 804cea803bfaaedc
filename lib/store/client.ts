import { MongoClient, type MongoClientOptions } from "mongodb";
import { connectError, uriError } from "./connect-error.ts";
import { type DriverObserver, observeDriver, type PoolStats, watchPool } from "./driver-observer.ts";

export interface ClientOptions {
  uri: string;
  maxPoolSize: number;
  minPoolSize: number;
  /** The timeout of server selection and of connecting, in milliseconds; when missing the address's, or 5 s. */
  connectMs?: number;
  observer?: DriverObserver;
}

/**
 * Connects to MongoDB with the pool and timeouts of the two systems Helpline follows: idle connections close after
 * 30 s, sockets time out after 30 s, connecting, server selection and the wait for a connection after 5 s each, unless
 * the address says otherwise.
 * A write is acknowledged by the journals of a majority: an update that is confirmed to Telegram must not be lost.
 * @throws OperatorError when the address cannot be parsed, the password is refused, or no server answers in time
 */
export async function connect(
  options: ClientOptions,
): Promise<{ client: MongoClient; pool: () => PoolStats }> {
  const client = createClient(options);
  const pool = watchPool(client);
  if (options.observer) observeDriver(client, options.observer);
  try {
    await client.connect();
    await client.db("admin").command({ ping: 1 });
    return { client, pool };
  } catch (error) {
    await client.close();
    throw connectError(client.options, error);
  }
}

/**
 * A client that connects when it is first used. What the address says of timeouts and of the application's name holds;
 * write concern and read preference are always ours.
 * @throws OperatorError when the address cannot be parsed
 */
export function createClient(
  { uri, maxPoolSize, minPoolSize, connectMs }: ClientOptions,
  overrides: MongoClientOptions = {},
): MongoClient {
  try {
    return new MongoClient(uri, {
      ...unlessGivenIn(uri, {
        appName: "helpline",
        maxIdleTimeMS: 30_000,
        waitQueueTimeoutMS: 5_000,
        connectTimeoutMS: 5_000,
        serverSelectionTimeoutMS: 5_000,
        socketTimeoutMS: 30_000,
      }),
      ...(connectMs === undefined
        ? {}
        : { connectTimeoutMS: connectMs, serverSelectionTimeoutMS: connectMs }),
      maxPoolSize,
      minPoolSize,
      writeConcern: { w: "majority", journal: true },
      readPreference: "primary", // read what was just written
      monitorCommands: true,
      ignoreUndefined: true,
      ...overrides,
    });
  } catch (error) {
    throw uriError(error);
  }
}

/** The driver prefers its options to what the address says: these are left out where it says something. */
function unlessGivenIn(uri: string, options: MongoClientOptions): MongoClientOptions {
  const query = uri.split("?").slice(1).join("?");
  const given = new Set([...new URLSearchParams(query).keys()].map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(options).filter(([name]) => !given.has(name.toLowerCase())));
}
