import { expect } from "chai";
import { Lease } from "../../lib/cluster/index.ts";
import type { Content } from "../../lib/content/index.ts";
import type { Logger } from "../../lib/core/index.ts";
import { alertOperators } from "../../lib/operations/index.ts";
import type { NewSend } from "../../lib/telegram/index.ts";
import { createBench } from "../performance/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLeaseStore } from "../support/memory-stores/lease-store.ts";
import { loadSample } from "../support/sample.ts";

const MINUTE_MS = 60_000;

describe("alerts of several instances", () => {
  let content: Content;
  let leases: MemoryLeaseStore;
  let clock: FakeClock;
  /** Of all instances. */
  let log: string[];
  let sent: NewSend[];
  let running: { stop(): Promise<void> }[];
  /** Whether Redis answers, which says who alerts in the log; and what it was asked. */
  let isRedisThere: boolean;
  let known: Set<string>;

  before(async () => {
    content = await loadSample();
  });

  beforeEach(() => {
    leases = new MemoryLeaseStore();
    clock = new FakeClock();
    log = [];
    sent = [];
    running = [];
    isRedisThere = true;
    known = new Set();
  });

  afterEach(async () => {
    leases.isAway = false;
    const stopped = Promise.all(running.map((one) => one.stop()));
    await clock.advance(MINUTE_MS);
    await stopped;
  });

  /** @param own the clock of the instance's machine; that of a dead one is moved by nobody */
  function join(owner: string, own = clock): { lease(): Lease | undefined } {
    const note = (message: string) => void log.push(`${owner}: ${message}`);
    const logger: Logger = { error: note, warn: note, info: note, debug() {} };
    let lease: Lease | undefined;
    const watching = alertOperators(
      {
        content,
        monitor: createBench().monitor,
        chatId: -1001,
        inboxAgeMs: () => 0,
        outbox: () => ({ oldestMs: 0, givenUp: 0, pausedChats: 0 }),
        models: () => ({ down: { state: "closed", models: [] }, overBudget: [], refused: [] }),
        isDatabaseAway: async () => leases.isAway,
        nextSeq: async () => sent.length + 1,
        async record(sends) {
          if (leases.isAway) throw new Error("no server");
          sent.push(...sends);
        },
        instances: {
          runAlone(name, begin) {
            lease = new Lease({ name, owner, store: leases, clock: own, logger });
            lease.start(begin);
            return lease;
          },
          async isFirst(event) {
            const isNew = !isRedisThere || !known.has(event);
            known.add(event);
            return isNew;
          },
        },
      },
      { clock: own, logger },
    );
    if (own === clock) running.push(watching);
    return { lease: () => lease };
  }

  const texts = (): unknown[] => sent.map(({ params }) => params.text);
  const logged = (text: string): string[] => log.filter((line) => line.endsWith(`: ${text}`));

  async function outage(ms: number): Promise<void> {
    leases.isAway = true;
    await clock.advance(ms);
    leases.isAway = false;
  }

  it("tell of an outage of the database once: in a log while it lasts, in the chat when it is over", async () => {
    join("a");
    join("b");
    join("c");
    await clock.advance(MINUTE_MS);
    await outage(2 * MINUTE_MS);
    expect(logged("Alert: database")).to.have.lengthOf(1);
    expect(texts()).to.deep.equal([]);
    await clock.advance(30_000);
    expect(texts()).to.have.lengthOf(1);
    expect(texts()[0]).to.match(/^🟢 The database answers again. It was away for 2 min, since 20\d\d-/);
    expect(logged("Alert over: database")).to.have.lengthOf(1);
    await clock.advance(10 * MINUTE_MS);
    expect(texts()).to.have.lengthOf(1);
  });

  it("are not repeated by the instance that alerts next", async () => {
    const dying = new FakeClock();
    const dead = join("dead", dying);
    await dying.advance(0);
    join("b");
    await clock.advance(2_000);
    leases.isAway = true;
    for (let second = 0; second < 120; second += 1) {
      await dying.advance(1_000);
      await clock.advance(1_000);
    }
    leases.isAway = false;
    // Only the first one is quick enough to report it.
    await dying.advance(30_000);
    expect(dead.lease()?.isHeld).to.equal(true);
    expect(texts()).to.have.lengthOf(1);
    await clock.advance(MINUTE_MS);
    expect(running).to.have.lengthOf(1);
    expect(leases.record.owner).to.equal("b");
    expect(texts()).to.have.lengthOf(1);
  });

  it("are in the log of each instance when Redis is away as well", async () => {
    join("a");
    join("b");
    await clock.advance(MINUTE_MS);
    isRedisThere = false;
    await outage(2 * MINUTE_MS);
    expect(logged("Alert: database")).to.have.members(["a: Alert: database", "b: Alert: database"]);
    await clock.advance(30_000);
    expect(texts()).to.have.lengthOf(1);
  });

  it("do not tell of a short outage", async () => {
    join("a");
    join("b");
    await clock.advance(MINUTE_MS);
    await outage(15_000);
    await clock.advance(5 * MINUTE_MS);
    expect(texts()).to.deep.equal([]);
    expect(logged("Alert: database")).to.deep.equal([]);
  });
});
