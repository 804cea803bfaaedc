import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { type ChatWorker, type Cluster, openCluster } from "../../../lib/cluster/index.ts";
import { type Clock, silentLogger, systemClock } from "../../../lib/core/index.ts";
import { createChatHomeStore } from "../../../lib/store/collections/instances/chat-homes.ts";
import { createInstanceStore } from "../../../lib/store/collections/instances/instances.ts";
import { createLeaseStore } from "../../../lib/store/collections/instances/leases.ts";
import { createOutboxStore } from "../../../lib/store/collections/messages/outbox.ts";
import { createUpdateStore, type UpdateRecord } from "../../../lib/store/collections/messages/updates.ts";
import type { ChatHome } from "../../../lib/store/index.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { hasRedis, startRedis, type TestRedis } from "../../support/servers/redis.ts";

const BOT = 7;
const CHAT = "chat:100";

/** Instances in this process, on a Redis of their own. */
describe("the homes of chats", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let redis: TestRedis;
  let clusters: Cluster[];
  /** What happens, in order, such as `a opens chat:100`. */
  let log: string[];
  let watchers: Set<() => void>;
  let ends: Set<() => void>;
  /** The clock of the instances that do not use the system's. */
  let clock: FakeClock;
  let isRedisThere: boolean;

  before(async function () {
    if (!(await hasRedis())) {
      process.stdout.write("      redis-server is not installed, so these tests are skipped\n");
      this.skip();
    }
    database = await openTestDatabase();
    redis = await startRedis();
  });
  beforeEach(() => {
    clusters = [];
    log = [];
    watchers = new Set();
    ends = new Set();
    clock = new FakeClock();
    isRedisThere = true;
  });
  afterEach(async () => {
    for (const end of ends) end();
    let isStopped = false;
    const stopped = Promise.all(clusters.map((cluster) => cluster.stop()))
      .then(() => Promise.all(clusters.map((cluster) => cluster.close())))
      .finally(() => {
        isStopped = true;
      });
    while (!isStopped) await clock.advance(500);
    await stopped;
    await database.db.dropDatabase();
  });
  after(async () => {
    await redis?.close();
    await database?.close();
  });

  function note(line: string): void {
    log.push(line);
    for (const look of watchers) look();
  }

  function noted(count: number, text: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (log.filter((line) => line.includes(text)).length < count) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  }

  /** An instance; each chat is worked on until the test ends that, or its home is lost. */
  async function join(
    name: string,
    own: Clock = systemClock,
  ): Promise<{ cluster: Cluster; homes: ChatHome[]; end(): void }> {
    const { db } = database;
    const cluster = openCluster({
      redisUrl: redis.url,
      instance: name,
      botId: BOT,
      database: db.databaseName,
      store: {
        chatHomes: createChatHomeStore(db),
        instances: createInstanceStore(db),
        leases: createLeaseStore(db),
        updates: createUpdateStore(db, { isShared: true }),
        outbox: createOutboxStore(db),
        pseudonym: (chatKey) => chatKey,
      },
      clock: own,
      logger: silentLogger,
    });
    const homes: ChatHome[] = [];
    let isEnding = false;
    let endHome = (): void => {};
    const end = (): void => endHome();
    ends.add(() => {
      isEnding = true;
      end();
    });
    const worker: ChatWorker = {
      async open(home) {
        homes.push(home);
        const ended = new Promise<void>((resolve) => {
          endHome = resolve;
          if (isEnding) resolve();
          home.lost.addEventListener("abort", () => resolve(), { once: true });
        });
        note(`${name} opens ${home.chatKey}`);
        await ended;
        note(`${name} ${home.lost.aborted ? "loses" : "closes"} ${home.chatKey}`);
      },
      look: async ({ chatKey }) => note(`${name} looks at ${chatKey}`),
      hasRoom: () => true,
    };
    cluster.start(worker);
    clusters.push(cluster);
    if (isRedisThere) await connected(cluster);
    return { cluster, homes, end };
  }

  async function connected(cluster: Cluster): Promise<void> {
    for (;;) {
      try {
        return await cluster.announce({ kind: "reload" });
      } catch {
        await delay(20); // not connected yet
      }
    }
  }

  it("give a chat to one instance at a time, and a wake-up that comes meanwhile to the next home", async () => {
    // It does not advance, so nobody looks from time to time.
    const [a, b] = [await join("a", clock), await join("b", clock)];
    a.cluster.wake([CHAT]);
    await noted(1, "opens");
    const other = a.homes.length > 0 ? b : a;
    other.cluster.wake([CHAT]); // an update that the home has not seen yet
    await noted(1, "looks at"); // it was announced
    expect(log.filter((line) => line.includes("opens"))).to.have.length(1);
    a.end();
    b.end();
    await noted(2, "opens");
    a.end();
    b.end();
    await noted(2, "closes");
    const fences = [...a.homes, ...b.homes].map(({ claim }) => claim.fence);
    expect(new Set(fences).size).to.equal(2);
  });

  it("keep the lock of a chat for as long as it is worked on", async () => {
    const [a, b] = [await join("a"), await join("b")];
    a.cluster.wake([CHAT]);
    await noted(1, "opens");
    await noted(6, "looks at"); // twelve seconds: longer than the lock without renewals
    expect([...a.homes, ...b.homes].map((home) => home.isHeld())).to.deep.equal([true]);
    expect(log.filter((line) => line.includes("opens"))).to.have.length(1);
    a.end();
    b.end();
    await noted(1, "closes");
  });

  it("take no chat twice while Redis is away, and ask the database who may write to it", async () => {
    const a = await join("a");
    a.cluster.wake([CHAT]);
    await noted(1, "opens");
    const [home] = a.homes;
    await redis.kill();
    try {
      expect(await home?.confirm()).to.equal(true);
      await createChatHomeStore(database.db).take(CHAT, "another", new Date());
      expect(await home?.confirm()).to.equal(false);
      await noted(1, "loses");
    } finally {
      await redis.restart();
    }
  });

  it("wake what waits as soon as Redis is back, empty", async () => {
    await redis.kill();
    isRedisThere = false;
    const a = await join("a");
    const update: UpdateRecord = {
      _id: "7:1",
      botId: BOT,
      chatKey: CHAT,
      seq: 16,
      state: "received",
      attempts: 0,
      receivedAt: new Date(),
    };
    await database.db.collection<UpdateRecord>("updates").insertOne(update);
    a.cluster.wake([CHAT]); // lost
    await redis.restart();
    await noted(1, "opens");
    a.end();
  });

  it("leave a chat to the others when their instance stops", async () => {
    const a = await join("a");
    a.cluster.wake([CHAT]);
    await noted(1, "a opens");
    const b = await join("b");
    a.cluster.pause();
    a.end();
    await a.cluster.stop();
    await noted(1, "b opens");
    b.end();
    await noted(1, "b closes");
  });
});
