import { expect } from "chai";
import { Members } from "../../lib/cluster/members.ts";
import { silentLogger } from "../../lib/core/index.ts";
import type { InstanceModel, InstanceRecord, InstanceStore } from "../../lib/store/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

class MemoryInstanceStore implements InstanceStore {
  readonly records = new Map<string, InstanceRecord>();
  isAway = false;

  async beat(id: string, at: Date, models: InstanceModel[]): Promise<void> {
    if (this.isAway) throw new Error("the database is away");
    const beat = (this.records.get(id)?.beat ?? 0) + 1;
    this.records.set(id, { _id: id, beat, models, at });
  }

  async list(): Promise<InstanceRecord[]> {
    if (this.isAway) throw new Error("the database is away");
    return structuredClone([...this.records.values()]);
  }

  async remove(id: string): Promise<void> {
    this.records.delete(id);
  }
}

describe("the instances that run", () => {
  let clock: FakeClock;
  let store: MemoryInstanceStore;
  let running: Members[];

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryInstanceStore();
    running = [];
  });

  afterEach(async () => {
    await Promise.all(running.map((members) => members.stop()));
  });

  function join(instance: string, own = clock, models: () => InstanceModel[] = () => []): Members {
    const members = new Members({ instance, store, models, clock: own, logger: silentLogger });
    members.start();
    running.push(members);
    return members;
  }

  it("divide a limit, and never use more than it in all while one joins", async () => {
    const a = join("a");
    await clock.advance(10_000);
    expect(a.share(8)).to.equal(8);
    const b = join("b");
    const sums: number[] = [];
    for (let seconds = 0; seconds < 15; seconds += 1) {
      await clock.advance(1_000);
      sums.push(a.share(8) + b.share(8));
    }
    expect([a.share(8), b.share(8)]).to.deep.equal([4, 4]);
    // A newcomer takes one before it is known.
    expect(Math.max(...sums)).to.be.at.most(9);
    expect(sums.filter((sum) => sum > 8)).to.have.length.at.most(2);
  });

  it("take over the part of one that died or stopped", async () => {
    const a = join("a");
    const dead = new FakeClock();
    join("b", dead);
    await dead.advance(0);
    const c = join("c");
    await clock.advance(6_000);
    expect(a.share(9)).to.equal(3);
    await clock.advance(10_000);
    expect(a.share(9)).to.equal(4);
    await c.stop();
    await clock.advance(4_000);
    expect(a.share(9)).to.equal(9);
  });

  it("keep to the part they know while the database is away, whatever the time of day", async () => {
    const a = join("a");
    const b = join("b");
    await clock.advance(10_000);
    clock.setWallClock(-3_600_000);
    store.isAway = true;
    await clock.advance(60_000);
    expect([a.share(8), b.share(8)]).to.deep.equal([4, 4]);
    store.isAway = false;
    for (let seconds = 0; seconds < 20; seconds += 1) {
      await clock.advance(1_000);
      expect([a.share(8), b.share(8)]).to.deep.equal([4, 4]);
    }
  });

  it("together stay within the limit while Redis is away, also when one of them had made all the calls", async () => {
    let calls = 7;
    const apart = (own: () => number) => () => [{ model: "m", isApart: true, calls: own() }];
    const a = join(
      "a",
      clock,
      apart(() => calls),
    );
    const b = join(
      "b",
      clock,
      apart(() => 0),
    );
    await clock.advance(10_000);
    expect([a.placesApart("m", 8), b.placesApart("m", 8)]).to.deep.equal([4, 1]);
    expect([a.othersApart("m"), a.othersApart("another")]).to.deep.equal([1, 0]);
    calls = 2;
    await clock.advance(4_000);
    expect([a.placesApart("m", 8), b.placesApart("m", 8)]).to.deep.equal([4, 4]);
    expect([a.placesApart("m", 1), b.placesApart("m", 1)]).to.deep.equal([1, 0]);
  });

  it("have at least one call each", async () => {
    const all = Array.from({ length: 5 }, (_, index) => join(`${index}`));
    await clock.advance(10_000);
    expect(all.map((members) => members.share(3))).to.deep.equal([1, 1, 1, 1, 1]);
  });
});
