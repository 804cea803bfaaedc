import { expect } from "chai";
import { startRedisServer } from "../../scripts/instances/redis-server.ts";

describe("the Redis of npm run instances", () => {
  it("is missed in one sentence that says how to install it", async () => {
    const error = await startRedisServer("no-such-redis-server").catch((refusal: Error) => refusal);
    expect((error as Error).message).to.match(/apt-get install redis-server.*REDIS_URL\.$/);
  });
});
