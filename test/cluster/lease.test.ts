import { expect } from "chai";
import { type Holding, Lease } from "../../lib/cluster/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLeaseStore } from "../support/memory-stores/lease-store.ts";

describe("a lease", () => {
  let clock: FakeClock;
  let store: MemoryLeaseStore;
  /** What each instance does, in order: `a begins`, `a ends`, `a loses`. */
  let log: string[];
  let leases: Lease[];

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryLeaseStore();
    log = [];
    leases = [];
  });

  afterEach(async () => {
    store.isAway = false;
    const stopped = Promise.all(leases.map((lease) => lease.stop()));
    await clock.advance(10_000);
    await stopped;
  });

  /** @param own the clock of the instance's machine */
  function join(owner: string, own = clock): Lease {
    const lease = new Lease({ name: "poller", owner, store, clock: own, logger: silentLogger });
    leases.push(lease);
    lease.start(() => {
      log.push(`${owner} begins`);
      return { stop: (isLost = false) => void log.push(`${owner} ${isLost ? "loses" : "ends"}`) };
    });
    return lease;
  }

  it("has one instance do the work, and the next at once when that stops", async () => {
    const a = join("a");
    await clock.advance(0);
    const b = join("b");
    await clock.advance(60_000);
    expect(log).to.deep.equal(["a begins"]);
    expect([a.isHeld, b.isHeld]).to.deep.equal([true, false]);
    await a.stop();
    await clock.advance(2_000);
    expect(log).to.deep.equal(["a begins", "a ends", "b begins"]);
  });

  it("is taken over within 15 s when its holder dies, and not before", async () => {
    const dead = new FakeClock(); // nothing moves it: the process is gone, or frozen
    join("a", dead);
    await dead.advance(0);
    join("b");
    await clock.advance(7_000);
    expect(log).to.deep.equal(["a begins"]);
    await clock.advance(8_000);
    expect(log).to.deep.equal(["a begins", "b begins"]);
  });

  it("is not held any more by an instance that was frozen, before it has noticed anything", async () => {
    const frozen = new FakeClock();
    const a = join("a", frozen);
    await frozen.advance(0);
    expect(a.isHeld).to.equal(true);
    join("b");
    await clock.advance(15_000);
    expect(log).to.deep.equal(["a begins", "b begins"]);
    await frozen.advance(4_000); // back again
    expect(a.isHeld).to.equal(false);
    expect(log).to.deep.equal(["a begins", "b begins", "a loses"]);
  });

  it("ends by itself, before anybody can take it, when the database does not answer its holder", async () => {
    const a = join("a");
    await clock.advance(0);
    store.isAway = true;
    await clock.advance(7_500);
    expect(a.isHeld).to.equal(false);
    expect(log).to.deep.equal(["a begins", "a loses"]);
    store.isAway = false;
    await clock.advance(15_000);
    expect(log).to.deep.equal(["a begins", "a loses", "a begins"]);
  });

  it("outlasts a short outage of the database, and clocks that are set", async () => {
    const a = join("a");
    await clock.advance(0);
    join("b");
    store.isAway = true;
    await clock.advance(4_000);
    store.isAway = false;
    clock.setWallClock(-3_600_000);
    await clock.advance(30_000);
    expect(a.isHeld).to.equal(true);
    expect(log).to.deep.equal(["a begins"]);
  });

  it("keeps what its holder leaves for the next one, and takes no notes of one that is late", async () => {
    const holdings: Holding[] = [];
    const hold = (owner: string, own: FakeClock): void => {
      const lease = new Lease({ name: "poller", owner, store, clock: own, logger: silentLogger });
      leases.push(lease);
      lease.start((holding) => {
        holdings.push(holding);
        return { stop() {} };
      });
    };
    const dead = new FakeClock();
    hold("a", dead);
    await dead.advance(0);
    expect(await holdings[0]?.notes?.read()).to.equal(undefined);
    expect(await holdings[0]?.notes?.leave("told")).to.equal(true);
    hold("b", clock);
    await clock.advance(15_000);
    expect(await holdings[0]?.notes?.leave("late")).to.equal(false);
    expect(await holdings[1]?.notes?.read()).to.equal("told");
  });

  it("tells the others that somebody does the work", async () => {
    join("a");
    await clock.advance(0);
    const b = join("b");
    await clock.advance(20_000);
    expect(clock.monotonic() - (b.aliveAt ?? 0)).to.be.at.most(4_000);
  });
});
