import { expect } from "chai";
import { createUsageStore, type UsageStore } from "../../../lib/store/collections/answers/usage.ts";
import { migrate } from "../../../lib/store/migrations.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const AMOUNT = { requests: 1, promptTokens: 100, outputTokens: 10 };

describe("the usage store", () => {
  let database: TestDatabase;
  let usage: UsageStore;

  before(async () => {
    database = await openTestDatabase();
    await migrate(database.db, new FakeClock());
    usage = createUsageStore(database.db);
  });
  after(async () => await database.close());

  it("adds to a day of a model, and returns the day's total over all processes", async () => {
    await Promise.all(Array.from({ length: 20 }, () => usage.add("2026-07-01", "gemini-a", AMOUNT)));
    expect(await usage.add("2026-07-01", "gemini-a", AMOUNT)).to.include({
      day: "2026-07-01",
      model: "gemini-a",
      requests: 21,
      promptTokens: 2_100,
      outputTokens: 210,
    });
  });

  it("keeps the last known minute when a later call has none", async () => {
    const lastMinute = { at: new Date("2026-06-01T12:00:00Z"), requests: 3, promptTokens: 300 };
    await usage.add("2026-06-01", "gemini-a", AMOUNT, { ...lastMinute, requests: 2 });
    await usage.add("2026-06-01", "gemini-a", AMOUNT, lastMinute);
    await usage.add("2026-06-01", "gemini-a", AMOUNT);
    const kept = (await usage.since("2026-06-01")).find(({ day }) => day === "2026-06-01");
    expect(kept?.lastMinute).to.deep.equal(lastMinute);
  });

  it("lists the days of all models from a given day on", async () => {
    await usage.add("2026-08-01", "gemini-a", AMOUNT);
    await usage.add("2026-08-01", "gemini-b", AMOUNT);
    await usage.add("2026-08-02", "gemini-a", AMOUNT);
    const days = await usage.since("2026-08-01");
    expect(days.map(({ day, model }) => `${day} ${model}`)).to.have.members([
      "2026-08-01 gemini-a",
      "2026-08-01 gemini-b",
      "2026-08-02 gemini-a",
    ]);
    expect(await usage.since("2026-08-03")).to.deep.equal([]);
  });
});
