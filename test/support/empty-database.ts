import type { Db, Document, IndexDescription } from "mongodb";
import type { Content } from "../../lib/content/index.ts";
import { migrate } from "../../lib/store/migrations.ts";
import { openTestDatabase, type TestDatabase, takeFilled } from "./database.ts";
import { FakeClock } from "./fake-clock.ts";
import { loadSample } from "./sample.ts";

export interface EmptyDatabase {
  readonly db: Db;
  /** The sample content. */
  readonly content: Content;
}

/** Gives the suite the sample content, perhaps changed, and each of its tests a migrated database without documents. */
export function useEmptyDatabase(change: (sample: Content) => Content = (sample) => sample): EmptyDatabase {
  let database: TestDatabase;
  let content: Content;
  before(async () => {
    database = await openTestDatabase();
    content = change(await loadSample());
  });
  beforeEach(() => emptyDatabase(database.db));
  after(() => database.close());
  return {
    get db() {
      return database.db;
    },
    get content() {
      return content;
    },
  };
}

/** What the migrations make of an empty database. */
type Schema = readonly { name: string; indexes: IndexDescription[]; documents: Document[] }[];

/** The schema, read from the first database of this process that was migrated. */
let schema: Schema | undefined;

/** The databases that have the schema. */
const migrated = new WeakSet<Db>();

/**
 * Leaves a test a migrated database without documents. Only the first one of a process is migrated; others get its schema,
 * which takes a third of the work. Later those documents are deleted that came from the database's own client.
 */
export async function emptyDatabase(db: Db): Promise<void> {
  if (!migrated.has(db) || (await db.collections()).length < (schema?.length ?? 0)) {
    await db.dropDatabase();
    if (schema) await create(db, schema);
    else await migrate(db, new FakeClock());
    schema ??= await readSchema(db);
    migrated.add(db);
    takeFilled(db);
    return;
  }
  const names = [...takeFilled(db)].filter((name) => name !== "migrations");
  await Promise.all(names.map((name) => db.collection(name).deleteMany({})));
}

async function readSchema(db: Db): Promise<Schema> {
  const collections = await db.collections();
  return await Promise.all(
    collections.map(async (collection) => ({
      name: collection.collectionName,
      indexes: (await collection.indexes()).filter(({ name }) => name !== "_id_"),
      documents: await collection.find().toArray(),
    })),
  );
}

async function create(db: Db, collections: Schema): Promise<void> {
  const created = collections.map(async ({ name, indexes, documents }) => {
    if (indexes.length > 0) await db.collection(name).createIndexes(indexes);
    if (documents.length > 0) await db.collection(name).insertMany(documents);
  });
  await Promise.all(created);
}
