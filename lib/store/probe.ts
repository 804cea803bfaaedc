import { createClient } from "./client.ts";

/** Checks whether the database answers. */
export interface DatabaseProbe {
  /**
   * Resolves when the database answered.
   * @throws the driver's error, within about 2 s, when it did not
   */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than an answer should take, shorter than a health check waits. */
const TIMEOUT_MS = 2_000;

/** Pings over a connection of its own, opened when first needed, so that an exhausted pool does not look like an outage. */
export function createDatabaseProbe(uri: string): DatabaseProbe {
  const client = createClient(
    { uri, maxPoolSize: 1, minPoolSize: 0 },
    {
      waitQueueTimeoutMS: TIMEOUT_MS,
      connectTimeoutMS: TIMEOUT_MS,
      serverSelectionTimeoutMS: TIMEOUT_MS,
      socketTimeoutMS: TIMEOUT_MS,
      monitorCommands: false,
    },
  );
  return {
    async ping() {
      await client.connect(); // after a first connection that failed, the driver makes no other one by itself
      await client.db("admin").command({ ping: 1 });
    },
    close: () => client.close(),
  };
}
