import { MongoClient } from "mongodb";
import { runningDatabaseUri } from "../../../lib/app/index.ts";
import { readConfig } from "../../../lib/config/index.ts";

/** The number of documents of a collection, and whether they are deleted after a time. */
export interface CollectionSize {
  documents: number;
  agesOut: boolean;
}

/** The collections that the bot's daily cleanup deletes from; the others that age out have a TTL index. */
const SWEPT: ReadonlySet<string> = new Set(["messages", "sessions", "feedback", "media_files"]);

/** Reads the collections of a running bot, by name. */
export async function countDocuments(
  environment: Record<string, string>,
): Promise<Record<string, CollectionSize>> {
  const config = readConfig(environment);
  const uri = await runningDatabaseUri(config);
  if (uri === undefined) throw new Error("The bot's database does not run");
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 });
  try {
    const sizes: Record<string, CollectionSize> = {};
    for (const collection of await client.db(config.mongodb.database).collections()) {
      const indexes = await collection.indexes();
      sizes[collection.collectionName] = {
        documents: await collection.estimatedDocumentCount(),
        agesOut:
          SWEPT.has(collection.collectionName) ||
          indexes.some(({ expireAfterSeconds }) => expireAfterSeconds !== undefined),
      };
    }
    return sizes;
  } finally {
    await client.close();
  }
}
