import { expect } from "chai";
import { bindPerformanceMonitor } from "../../lib/performance/index.ts";
import { createPeopleStore } from "../../lib/store/collections/people/people.ts";
import { monitored } from "../../lib/store/monitored.ts";
import { createBench } from "../performance/support.ts";
import { openTestDatabase } from "../support/database.ts";

describe("the store's methods", () => {
  it("are measured by the process's monitor under their part and their own names", async () => {
    const { monitor } = createBench();
    const unbind = bindPerformanceMonitor(monitor);
    const database = await openTestDatabase();
    try {
      const { find, audienceSize } = createPeopleStore(database.db);
      expect(await find(1)).to.equal(null);
      expect(await audienceSize()).to.equal(0);
      const { "mongo.people.find": found, ...others } = monitor.getStats();
      expect(found).to.deep.include({ count: 1, errors: {} });
      expect(others).to.have.all.keys("mongo.people.audienceSize");
    } finally {
      unbind();
      await database.close();
    }
  });

  it("are measured when they fail, and pass the error on", async () => {
    const { monitor } = createBench();
    const unbind = bindPerformanceMonitor(monitor);
    const failure = new Error("no");
    const part = monitored("things", { find: () => Promise.reject(failure) });
    const error = await part.find().catch((thrown: unknown) => thrown);
    unbind();
    expect(error).to.equal(failure);
    expect(monitor.getStats()["mongo.things.find"]).to.deep.include({ count: 1, errors: { Error: 1 } });
  });
});
