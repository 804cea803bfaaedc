import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import type { KeptMessage } from "./checks.ts";

/** The database of a simulated bot, read once the bot has stopped. */
export interface History {
  /** The settings that make the bot use it. */
  environment: Record<string, string>;
  /** Every message of the history. */
  read(): Promise<KeptMessage[]>;
  /** Drops the database in a MongoDB; an embedded one is deleted with its folder. */
  close(): Promise<void>;
}

/** The embedded database in the data folder, or a new one in the MongoDB at the address. */
export function openHistory(dataFolder: string, mongodbUri: string | undefined): History {
  if (mongodbUri === undefined) {
    return { environment: {}, read: () => readEmbedded(join(dataFolder, "mongodb")), close: async () => {} };
  }
  const name = `simulate-${randomUUID().slice(0, 8)}`;
  return {
    environment: { MONGODB_URI: mongodbUri, MONGODB_DB: name },
    read: () => withClient(mongodbUri, (client) => readMessages(client, name)),
    close: () => withClient(mongodbUri, async (client) => void (await client.db(name).dropDatabase())),
  };
}

async function readEmbedded(path: string): Promise<KeptMessage[]> {
  const database = await startEmbeddedMongo({ path, clock: systemClock, logger: silentLogger });
  try {
    return await withClient(database.uri, (client) => readMessages(client, "helpline"));
  } finally {
    await database.close();
  }
}

async function readMessages(client: MongoClient, name: string): Promise<KeptMessage[]> {
  const messages = client.db(name).collection<KeptMessage>("messages");
  return await messages.find({}, { projection: { _id: 0, seq: 1, sender: 1, text: 1 } }).toArray();
}

async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
