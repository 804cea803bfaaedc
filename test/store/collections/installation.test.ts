import { expect } from "chai";
import { installationSecret } from "../../../lib/store/collections/instances/installation.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";

describe("the installation's secret", () => {
  const databases: TestDatabase[] = [];

  afterEach(async () => {
    for (const database of databases.splice(0)) await database.close();
  });

  async function open(): Promise<TestDatabase> {
    const database = await openTestDatabase();
    databases.push(database);
    return database;
  }

  it("is drawn once, even by instances that start together, and kept", async () => {
    const { db } = await open();
    const drawn = await Promise.all(Array.from({ length: 10 }, () => installationSecret(db)));
    expect(new Set(drawn).size).to.equal(1);
    expect(await installationSecret(db)).to.equal(drawn[0]);
    expect(drawn[0]?.length).to.be.at.least(43); // 256 bits
  });

  it("is another one for each installation", async () => {
    const [one, two] = [await open(), await open()];
    expect(await installationSecret(one.db)).not.to.equal(await installationSecret(two.db));
  });
});
