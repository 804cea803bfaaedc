import {
  BSON,
  type Collection,
  type Document,
  type Filter,
  type FindCursor,
  type FindOptions,
} from "mongodb";

/** Keeps each value's type: read as plain numbers, a Double of 1 would be written as an Int32. */
const TYPED = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;
const BATCH_SIZE = 500;

/** The documents of a collection, by default all, with the types of their values. */
export function readTyped(
  collection: Collection,
  { filter = {}, ...options }: FindOptions & { filter?: Filter<Document> } = {},
): FindCursor<Document> {
  return collection.find(filter, { ...TYPED, batchSize: BATCH_SIZE, ...options });
}

export function fromBson(bytes: Uint8Array): Document {
  return BSON.deserialize(bytes, TYPED);
}

/** The bytes of a typed document, `_id` first as MongoDB stores it. */
export function toBson(document: Document): Uint8Array {
  const [first] = Object.keys(document);
  if (first === "_id" || !("_id" in document)) return BSON.serialize(document);
  const { _id, ...others } = document;
  return BSON.serialize({ _id, ...others });
}

/** Joins documents into batches that one command can insert. */
export async function* batchesOf(documents: AsyncIterable<Document>): AsyncGenerator<Document[]> {
  let batch: Document[] = [];
  for await (const document of documents) {
    batch.push(document);
    if (batch.length < BATCH_SIZE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
