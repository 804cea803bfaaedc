import { expect } from "chai";
import { connectRedis, isFirst, type RedisConnections } from "../../lib/cluster/redis.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { hasRedis, startRedis, type TestRedis } from "../support/servers/redis.ts";

describe("the first of several instances to tell of something", () => {
  let redis: TestRedis;
  let instances: RedisConnections[];

  before(async function () {
    if (await hasRedis()) return;
    process.stdout.write("    redis-server is not installed, so these tests are skipped\n");
    this.skip();
  });

  beforeEach(async () => {
    redis = await startRedis();
    instances = [];
    for (let instance = 0; instance < 3; instance += 1) {
      instances.push(connectRedis(redis.url, { prefix: "test", clock: systemClock, logger: silentLogger }));
    }
    await Promise.all(instances.map((one) => new Promise<void>((resolve) => one.onBack(resolve))));
  });

  afterEach(async () => {
    await Promise.all(instances.map((one) => one.close()));
    await redis.close();
  });

  const ask = (event: string): Promise<boolean[]> =>
    Promise.all(instances.map(({ commands }) => isFirst(commands, `test:first:${event}`, 60_000)));

  it("is one of them, for each event", async () => {
    expect((await ask("outage")).filter(Boolean)).to.have.lengthOf(1);
    expect((await ask("outage")).filter(Boolean), "within the time").to.have.lengthOf(0);
    expect((await ask("another")).filter(Boolean)).to.have.lengthOf(1);
  });

  it("is each of them while Redis is away, so that somebody tells", async () => {
    await redis.kill();
    expect(await ask("outage")).to.deep.equal([true, true, true]);
  });
});
