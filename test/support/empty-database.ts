import type { Db } from "mongodb";
import type { Content } from "../../lib/content/index.ts";
import { migrate } from "../../lib/store/migrations.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";
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
  beforeEach(async () => {
    await database.db.dropDatabase();
    await migrate(database.db, new FakeClock());
  });
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
