import { expect } from "chai";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { createDatabaseProbe } from "../../lib/store/index.ts";

describe("the database probe", () => {
  it("reports whether the database answers, and recovers with it", async () => {
    const deps = { password: "the-same-twice", clock: systemClock, logger: silentLogger };
    const first = await startEmbeddedMongo(deps);
    const probe = createDatabaseProbe(first.uri);
    await probe.ping();
    await first.close();
    const failure = await probe.ping().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    const second = await startEmbeddedMongo({ ...deps, port: first.port });
    await probe.ping();
    await probe.close();
    await second.close();
  });

  it("recovers, too, when the database was away at its first question", async () => {
    const deps = { password: "the-same-twice", clock: systemClock, logger: silentLogger };
    const first = await startEmbeddedMongo(deps);
    const probe = createDatabaseProbe(first.uri);
    await first.close();
    const failure = await probe.ping().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    const second = await startEmbeddedMongo({ ...deps, port: first.port });
    await probe.ping();
    await probe.close();
    await second.close();
  });
});
