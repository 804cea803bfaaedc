import { createClient } from "./client.ts";

/** Asks the database for a sign of life. */
export interface DatabaseProbe {
  /**
   * Resolves when it answered.
   * @throws what the driver throws, within about 2 s, when it does not.
   */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than an answer should take, shorter than whoever asks for health will wait. */
const PATIENCE_MS = 2_000;

/** Asks over one connection of its own, made when it is first needed, so that a full pool does not look like an outage. */
export function createDatabaseProbe(uri: string): DatabaseProbe {
  const client = createClient(
    { uri, maxPoolSize: 1, minPoolSize: 0 },
    {
      waitQueueTimeoutMS: PATIENCE_MS,
      connectTimeoutMS: PATIENCE_MS,
      serverSelectionTimeoutMS: PATIENCE_MS,
      socketTimeoutMS: PATIENCE_MS,
      monitorCommands: false,
    },
  );
  return {
    async ping() {
      await client.db("admin").command({ ping: 1 });
    },
    close: () => client.close(),
  };
}
