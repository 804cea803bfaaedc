import { connect } from "./client.ts";

/**
 * Connects once, and looks whether the database holds anything.
 * @throws OperatorError as `connect`
 */
export async function checkDatabase({ uri, database }: { uri: string; database: string }): Promise<{
  isEmpty: boolean;
}> {
  const { client } = await connect({ uri, maxPoolSize: 1, minPoolSize: 0 });
  try {
    const collections = await client.db(database).listCollections({}, { nameOnly: true }).toArray();
    return { isEmpty: collections.length === 0 };
  } finally {
    await client.close();
  }
}
