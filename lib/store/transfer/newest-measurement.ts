import { connect } from "../client.ts";
import { createPerformanceStore, type PerformanceRecord } from "../collections/performance.ts";

/** What a bot measured last; null when none ever did. Changes nothing in the database. */
export async function newestMeasurement({
  uri,
  database,
}: {
  uri: string;
  database: string;
}): Promise<PerformanceRecord | null> {
  const { client } = await connect({ uri, maxPoolSize: 1, minPoolSize: 0 });
  try {
    return await createPerformanceStore(client.db(database)).newest("minute");
  } finally {
    await client.close();
  }
}
