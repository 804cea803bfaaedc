import type { Db } from "mongodb";
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

/** The number of collections in a database of tests after its migration. */
const migrated = new WeakMap<Db, number>();

/**
 * Leaves a test a migrated database without documents. Only the first time it is migrated, which takes ten times the work
 * of deleting documents; later those are deleted that came from the database's own client.
 */
export async function emptyDatabase(db: Db): Promise<void> {
  const collections = await db.collections();
  if (collections.length < (migrated.get(db) ?? Number.POSITIVE_INFINITY)) {
    await db.dropDatabase();
    await migrate(db, new FakeClock());
    migrated.set(db, (await db.collections()).length);
    takeFilled(db);
    return;
  }
  const names = [...takeFilled(db)].filter((name) => name !== "migrations");
  await Promise.all(names.map((name) => db.collection(name).deleteMany({})));
}
