import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import type { Collection, Filter, MongoClient } from "mongodb";
import { notifyCallers } from "../../lib/store/batching/command-group.ts";
import { createGroupedFind } from "../../lib/store/batching/reads.ts";
import { createClient } from "../../lib/store/client.ts";
import { openTestDatabase, type TestDatabase, testDatabaseUri } from "../support/database.ts";

interface Fruit {
  _id: number;
  name: string;
  isRipe: boolean;
}

const FRUITS: Fruit[] = [
  { _id: 1, name: "apple", isRipe: true },
  { _id: 2, name: "pear", isRipe: true },
  { _id: 3, name: "plum", isRipe: false },
];

describe("a grouped find", () => {
  let database: TestDatabase;
  let client: MongoClient;
  let fruits: Collection<Fruit>;
  /** The names of the commands that were sent. */
  const commands: string[] = [];
  const onCommand: (() => void)[] = [];

  before(async () => {
    database = await openTestDatabase();
    await database.db.collection<Fruit>("fruits").insertMany(FRUITS);
    client = createClient({ uri: await testDatabaseUri(), maxPoolSize: 5, minPoolSize: 0 });
    client.on("commandStarted", ({ commandName }) => {
      commands.push(commandName);
      for (const look of onCommand) look();
    });
    fruits = client.db(database.db.databaseName).collection<Fruit>("fruits");
  });

  beforeEach(() => {
    commands.length = 0;
    onCommand.length = 0;
  });

  after(async () => {
    await client.close();
    await database.close();
  });

  it("is one command for concurrent callers, and gives each its own document or null", async () => {
    const find = createGroupedFind(fruits, "_id");
    const found = await Promise.all([2, 9, 1, 2].map((id) => find(id)));
    expect(found).to.deep.equal([FRUITS[1], null, FRUITS[0], FRUITS[1]]);
    expect(commands).to.deep.equal(["find"]);
  });

  it("finds by another field, and applies its filter", async () => {
    const find = createGroupedFind(fruits, "name", { isRipe: true });
    expect(await Promise.all(["pear", "plum"].map((name) => find(name)))).to.deep.equal([FRUITS[1], null]);
  });

  it("sees a write that completed before the call, even while an earlier find is in flight", async () => {
    const find = createGroupedFind(fruits, "_id");
    const early = find(1);
    await new Promise<void>((resolve) => onCommand.push(resolve));
    await fruits.insertOne({ _id: 4, name: "quince", isRipe: true });
    expect(await find(4)).to.include({ name: "quince" });
    expect(await early).to.deep.equal(FRUITS[0]);
  });

  it("never needs a second round trip", async () => {
    const many = Array.from({ length: 250 }, (_, index) => 1000 + index);
    await fruits.insertMany(many.map((_id) => ({ _id, name: `fig ${_id}`, isRipe: true })));
    commands.length = 0;
    const find = createGroupedFind(fruits, "_id");
    const found = await Promise.all(many.map((id) => find(id)));
    expect(found.map((fruit) => fruit?._id)).to.deep.equal(many);
    expect(commands).to.deep.equal(["find", "find", "find"]);
  });

  it("fails for all its callers, and for no later one", async () => {
    const asked: Filter<Fruit> = { $nonsense: 1 };
    const find = createGroupedFind(fruits, "_id", asked);
    const outcomes = await Promise.allSettled([find(1), find(2)]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
    expect(commands, "each is asked for alone, too").to.deep.equal(["find", "find", "find"]);
    delete asked.$nonsense;
    expect(await find(1)).to.deep.equal(FRUITS[0]);
  });

  it("notifies each caller when its command is sent, in that caller's async context", async () => {
    const caller = new AsyncLocalStorage<string>();
    const told: (string | undefined)[] = [];
    onCommand.push(() => notifyCallers(() => told.push(caller.getStore())));
    const find = createGroupedFind(fruits, "_id");
    await Promise.all(["ann", "ben"].map((name, index) => caller.run(name, () => find(index + 1))));
    expect(told).to.deep.equal(["ann", "ben"]);
  });
});
