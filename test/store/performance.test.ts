import { expect } from "chai";
import { systemClock } from "../../lib/core/index.ts";
import { openStore, type Store } from "../../lib/store/index.ts";
import { openTestDatabase, type TestDatabase, testDatabaseUri } from "../support/database.ts";

const HOUR_MS = 3_600_000;
const TEN = Date.UTC(2026, 0, 31, 10);
const hour = (hours: number): Date => new Date(TEN + hours * HOUR_MS);

describe("the performance store", () => {
  let database: TestDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await openTestDatabase();
    store = await openStore({
      uri: await testDatabaseUri(),
      database: database.db.databaseName,
      maxPoolSize: 2,
      minPoolSize: 0,
      clock: systemClock,
    });
  });
  afterEach(async () => {
    await store.close();
    await database.close();
  });

  it("keeps the slowest traces, and answers those of a span, the slowest first", async () => {
    const trace = (_id: string, hours: number, durationMs: number) => {
      return { _id, at: hour(hours), operation: "process_question", durationMs, trace: `{"id":"${_id}"}` };
    };
    await store.performance.saveTraces([]);
    await store.performance.saveTraces([trace("a", 0, 5), trace("b", 1, 9), trace("c", 2, 7)]);
    await store.performance.saveTraces([trace("a", 0, 8)]);
    const ids = async (from: number, to: number, limit: number) =>
      (await store.performance.slowestTraces(hour(from), hour(to), limit)).map(({ _id }) => _id);
    expect(await ids(0, 3, 20)).to.deep.equal(["b", "a", "c"]);
    expect(await ids(0, 3, 2)).to.deep.equal(["b", "a"]);
    expect(await ids(0, 1, 20)).to.deep.equal(["a"]);
    expect(await ids(0.5, 2, 20)).to.deep.equal(["b"]);
  });
});
