import { expect } from "chai";
import {
  type Collection,
  type Document,
  type Double,
  type Long,
  MongoServerError,
  type ObjectId,
} from "mongodb";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";

/** Documents of any shape. */
export interface AnyDocument extends Document {
  _id?: string | number | boolean | null | ObjectId | Long | Double | Date | Document;
}

/** Opens a database for the calling suite, and an empty collection for each of its tests. */
export function useCollection(): {
  readonly database: TestDatabase;
  readonly collection: Collection<AnyDocument>;
} {
  let database: TestDatabase;
  let collection: Collection<AnyDocument>;
  let tests = 0;
  before(async () => {
    database = await openTestDatabase();
  });
  beforeEach(() => {
    tests += 1;
    collection = database.db.collection<AnyDocument>(`things-${tests}`);
  });
  after(() => database.close());
  return {
    get database() {
      return database;
    },
    get collection() {
      return collection;
    },
  };
}

/** The server's error. */
export async function refusal(call: Promise<unknown>): Promise<MongoServerError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof MongoServerError) return error;
    throw error;
  }
  return expect.fail("the server took it");
}
