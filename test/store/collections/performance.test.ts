import { expect } from "chai";
import { systemClock } from "../../../lib/core/index.ts";
import { openStore, type Resolution, type Store } from "../../../lib/store/index.ts";
import { openTestDatabase, type TestDatabase, testDatabaseUri } from "../../support/database.ts";

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

  it("stores traces, and returns those of a span, the slowest first", async () => {
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

  it("reads a long span completely and in order, also where many intervals begin at the same time", async () => {
    const ids = Array.from({ length: 130 }, (_, index) => String(index).padStart(3, "0"));
    const minute = (index: number): Date => new Date(TEN + Math.floor(index / 50) * 60_000);
    for (const [index, _id] of ids.entries()) {
      await store.performance.save({ _id, minute: minute(index), snapshot: "{}" });
    }
    const read = await store.performance.between(hour(0), hour(1));
    expect(read.map(({ _id }) => _id).toSorted()).to.deep.equal(ids);
    expect(read.map(({ minute: at }) => at)).to.deep.equal(ids.map((_, index) => minute(index)));
  });

  it("applies the retention that is set, with finer measurements sooner", async () => {
    const days = async (): Promise<number[]> => {
      const ages = [];
      for (const name of ["performance", "performance_hours", "performance_days", "traces"]) {
        const indexes = await database.db.collection(name).indexes();
        ages.push(...indexes.flatMap(({ expireAfterSeconds }) => expireAfterSeconds ?? []));
      }
      return ages.map((seconds) => seconds / 86_400);
    };
    expect(await days()).to.deep.equal([2, 30, 365, 30]);
    await store.performance.keepFor(7);
    expect(await days()).to.deep.equal([2, 7, 7, 7]);
    await store.performance.keepFor(2);
    expect(await days()).to.deep.equal([2, 2, 2, 2]);
    await store.performance.keepFor(730);
    expect(await days()).to.deep.equal([2, 30, 730, 30]);
  });

  it("reads a span in the coarsest intervals that fit, without overlap, the newest in finer ones", async () => {
    const save = (resolution: Resolution, hours: number) =>
      store.performance.save(
        { _id: `${resolution} ${hours}`, minute: hour(hours), snapshot: "{}" },
        resolution,
      );
    // TEN is ten o'clock, so days start at -10 and so on.
    for (const hours of [-10 - 48, -10 - 24]) await save("day", hours);
    for (const hours of [-40, -30, -11, -2, -1]) await save("hour", hours);
    for (const hours of [-1.5, -0.5, 0.25]) await save("minute", hours);
    const read = async (from: number, to: number) =>
      (await store.performance.between(hour(from), hour(to))).map(({ _id }) => _id);
    expect(await read(-2, 1), "minutes").to.deep.equal(["minute -1.5", "minute -0.5", "minute 0.25"]);
    expect(await read(-29.5, 1), "hours, the first one whole").to.deep.equal([
      "hour -30",
      "hour -11",
      "hour -2",
      "hour -1",
      "minute 0.25",
    ]);
    expect(await read(-41, -38), "aged out by the minute").to.deep.equal(["hour -40"]);
    expect(await read(-24 * 20, 1), "days").to.deep.equal([
      "day -58",
      "day -34",
      "hour -2",
      "hour -1",
      "minute 0.25",
    ]);
    expect((await store.performance.newest("hour"))?._id).to.equal("hour -1");
    expect((await store.performance.list("hour", hour(-12), hour(-1))).map(({ _id }) => _id)).to.deep.equal([
      "hour -11",
      "hour -2",
    ]);
  });

  it("keeps minutes two days, hours 30 and days a year", async () => {
    const ages = ["performance", "performance_hours", "performance_days"].map(async (name) => {
      const indexes = await database.db.collection(name).indexes();
      return indexes.flatMap(({ expireAfterSeconds = 0 }) => expireAfterSeconds / 86_400 || []);
    });
    expect(await Promise.all(ages)).to.deep.equal([[2], [30], [365]]);
  });

  it("repeats a migration after a start that was interrupted before it was recorded", async () => {
    await database.db.collection<{ _id: number }>("migrations").deleteMany({ _id: { $gte: 2 } });
    const again = await openStore({
      uri: await testDatabaseUri(),
      database: database.db.databaseName,
      maxPoolSize: 2,
      minPoolSize: 0,
      clock: systemClock,
    });
    await again.close();
    const indexes = await database.db.collection("performance").indexes();
    expect(indexes.map(({ key }) => Object.keys(key as object)[0])).to.deep.equal(["_id", "minute"]);
  });
});
