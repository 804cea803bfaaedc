import { EventEmitter, once, setMaxListeners } from "node:events";
import { expect } from "chai";
import { Redis } from "ioredis";
import type { Wait } from "../../../lib/answers/index.ts";
import { ModelError, statusError } from "../../../lib/answers/models/model-error.ts";
import { BREAKER_RULES } from "../../../lib/answers/scheduling/model-breaker.ts";
import { ModelScheduler } from "../../../lib/answers/scheduling/model-scheduler.ts";
import { ModelUsage } from "../../../lib/answers/scheduling/model-usage.ts";
import type { SharedLimits } from "../../../lib/answers/scheduling/shared-line.ts";
import { LineExchange, type LineRequest } from "../../../lib/cluster/model-line/exchange.ts";
import { ModelLine } from "../../../lib/cluster/model-line/model-line.ts";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { hasRedis, startRedis, type TestRedis } from "../../support/servers/redis.ts";

const never = new AbortController().signal;
setMaxListeners(0, never); // many questions share it

/** A call to the model under way, which the test ends. */
interface Call {
  name: string;
  at: number;
  end(error?: Error): void;
}

describe("the line at a model that all instances share", () => {
  let redis: TestRedis;
  let instances: Member[];
  /** Emits whenever something changed. */
  let events: EventEmitter;
  let calls: Call[];
  let inFlight: number;
  let mostInFlight: number;
  /** What the requests to the script say instead, to make its times short. */
  let shorter: Partial<LineRequest>;

  before(async function () {
    if (await hasRedis()) return;
    process.stdout.write("    redis-server is not installed, so these tests are skipped\n");
    this.skip();
  });

  beforeEach(async () => {
    redis = await startRedis();
    instances = [];
    events = new EventEmitter();
    calls = [];
    inFlight = 0;
    mostInFlight = 0;
    shorter = { warmUpMs: 300 };
  });

  afterEach(async () => {
    for (const { end } of calls) end();
    await Promise.all(instances.map((member) => member.leave()));
    await redis.close();
  });

  /** One instance, in this process, with connections of its own. */
  class Member {
    readonly line: ModelLine;
    readonly scheduler: ModelScheduler;
    readonly #connections: Redis[];
    #isGone = false;

    constructor(name: string, count: number, limits: SharedLimits) {
      const open = (options = {}): Redis => {
        const retryStrategy = (): number => 20;
        const connection = new Redis(redis.url, { retryStrategy, maxRetriesPerRequest: null, ...options });
        return connection.on("error", () => {});
      };
      const commands = open({ enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 1_500 });
      const subscriber = open();
      this.#connections = [commands, subscriber];
      const exchange = new LineExchange({ prefix: "test", instance: name, commands, subscriber });
      const told = {
        onGranted: exchange.onGranted.bind(exchange),
        ask: async (model: string, request: LineRequest) => {
          try {
            return await exchange.ask(model, { ...request, ...shorter });
          } finally {
            setImmediate(() => events.emit("change"));
          }
        },
      };
      const members = {
        share: (limit: number) => Math.max(1, Math.floor(limit / count)),
        placesApart: (_model: string, limit: number) => Math.floor(limit / count),
        othersApart: () => 0,
        count: () => count,
      };
      const base = { clock: systemClock, logger: silentLogger };
      this.line = new ModelLine({ model: "m", instance: name, exchange: told, members, ...base });
      const usage = new ModelUsage({ model: "m", ...base });
      this.scheduler = new ModelScheduler({ provider: "Gemini", limits, line: this.line, usage, ...base });
    }

    ask(
      name: string,
      options: { promptTokens?: number; onWaiting?: (wait: Wait) => void } = {},
    ): Promise<string> {
      const call = () =>
        new Promise<string>((resolve, reject) => {
          if (this.#isGone) return;
          inFlight += 1;
          mostInFlight = Math.max(mostInFlight, inFlight);
          let isOver = false;
          calls.push({
            name,
            at: performance.now(),
            end(error) {
              if (isOver) return;
              isOver = true;
              inFlight -= 1;
              if (error) reject(error);
              else resolve("answered");
            },
          });
          events.emit("change");
        });
      return this.scheduler
        .run(call, { signal: never, priority: "person", onStarted: async () => {}, ...options })
        .catch((error: unknown) => (error instanceof ModelError ? error.code : String(error)));
    }

    /** Ends as a killed process does: nothing is said. */
    die(): void {
      this.#isGone = true;
      for (const connection of this.#connections) connection.disconnect();
    }

    async leave(): Promise<void> {
      await this.line.close();
      this.die();
    }
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(events, "change");
  }

  const begun = (): string[] => calls.map(({ name }) => name);
  const queued = ({ line }: Member): number => line.use()?.queued.all.calls ?? -1;

  /** Starts instances, and waits until they share the limits. */
  async function start(count: number, limits: Partial<SharedLimits>): Promise<[Member, Member, ...Member[]]> {
    instances = Array.from(
      { length: count },
      (_, index) => new Member(`i${index}`, count, { maxConcurrent: 8, ...limits }),
    );
    await until(() => instances.every(({ line }) => line.use() !== null));
    return instances as [Member, Member, ...Member[]];
  }

  /** Asks one after another, at one instance after the other; resolves when all are in the line or begun. */
  async function askInTurn(names: readonly string[]): Promise<Promise<string>[]> {
    const asked: Promise<string>[] = [];
    for (const [index, name] of names.entries()) {
      const member = instances[index % instances.length] as Member;
      asked.push(member.ask(name));
      await until(() => calls.length + queued(member) === asked.length);
    }
    return asked;
  }

  /** Ends one call after the other, each once the next one has begun. */
  async function endOneByOne(limit: number, count: number): Promise<void> {
    for (let ended = 0; ended < count; ended += 1) {
      await until(() => calls.length === Math.min(count, ended + limit));
      calls[ended]?.end();
    }
  }

  it("makes no more calls at the same time than one instance would, first come, first served", async () => {
    await start(3, { maxConcurrent: 4 });
    const names = Array.from({ length: 20 }, (_, index) => `q${index}`);
    const asked = await askInTurn(names);
    await endOneByOne(4, names.length);
    await Promise.all(asked);
    expect(begun()).to.deep.equal(names);
    expect(mostInFlight).to.equal(4);
  });

  it("tells people their place among those of all instances", async () => {
    const [first, second] = await start(2, { maxConcurrent: 1 });
    void (await askInTurn(["calling", "b", "c", "d"]));
    const places: number[] = [];
    void second.ask("e", { onWaiting: ({ place }) => places.push(place) });
    await until(() => places.length > 0);
    expect(places).to.deep.equal([4]);
    expect(first.scheduler.stats()).to.include({ inFlight: 1, queued: 1, limit: 1 });
  });

  it("makes no more calls and uses no more tokens within a minute than are allowed", async () => {
    shorter = { ...shorter, windowMs: 2_500 }; // a minute, and the calls' way to the provider
    const minuteMs = 1_000;
    await start(3, { requestsPerMinute: 6, tokensPerMinute: 1_000 });
    const asked = instances.flatMap((member, index) =>
      Array.from({ length: 6 }, (_, of) => member.ask(`${index}.${of}`, { promptTokens: 250 })),
    );
    for (let ended = 0; ended < asked.length; ended += 1) {
      await until(() => calls.length > ended);
      calls[ended]?.end();
    }
    await Promise.all(asked);
    const most = Math.max(
      ...calls.map(({ at }) => calls.filter((other) => other.at >= at && other.at < at + minuteMs).length),
    );
    expect(most).to.equal(4); // of 250 tokens each
  });

  it("keeps the day's requests for all together", async () => {
    const [first, second] = await start(2, { requestsPerDay: 3 });
    const asked = await askInTurn(["a", "b", "c"]);
    for (const { end } of calls) end();
    await Promise.all(asked);
    await until(() => [first, second].every(({ line }) => line.use()?.requestsToday === 3));
    expect(await Promise.all([first.ask("d"), second.ask("e")])).to.deep.equal([
      "MODEL_QUOTA_SPENT",
      "MODEL_QUOTA_SPENT",
    ]);
  });

  it("is closed everywhere when the provider says that no request is left today, but for one that finds out", async () => {
    shorter = { ...shorter, dayProbe: { firstProbeMs: 4_000, maxProbeMs: 60_000 } };
    const [first, second] = await start(2, {});
    const spent = statusError(429, { isDailyQuota: true });
    const closedFor = (): number[] =>
      [first, second].map(({ line }) => line.use()?.closedDay?.probeInMs ?? Number.NaN);
    const refused = Promise.all(await askInTurn(["a", "b"]));
    for (const { end } of calls) end(spent);
    expect(await refused).to.deep.equal(["MODEL_DAILY_QUOTA", "MODEL_DAILY_QUOTA"]);
    await until(() => closedFor().every((ms) => ms > 0));
    expect(second.line.use()?.closedDay?.probeMs, "the second refusal proves nothing new").to.equal(4_000);
    expect(await second.ask("c")).to.equal("MODEL_QUOTA_SPENT");
    await until(() => closedFor().every((ms) => ms === 0));
    const probes = [first.ask("d"), second.ask("e")];
    expect(await Promise.race(probes)).to.equal("MODEL_QUOTA_SPENT");
    await until(() => calls.length === 3);
    calls[2]?.end();
    expect((await Promise.all(probes)).toSorted()).to.deep.equal(["MODEL_QUOTA_SPENT", "answered"]);
    await until(() => closedFor().every(Number.isNaN));
  });

  it("pauses everywhere when the provider asks one instance for it", async () => {
    const [first, second] = await start(2, {});
    const pauseMs = 3_000; // several times what it takes to hear of it
    const asked = first.ask("refused");
    await until(() => calls.length === 1);
    const pausedAt = performance.now();
    calls[0]?.end(statusError(429, { retryAfterMs: pauseMs }));
    await asked;
    await until(() => (second.line.use()?.pauseMs ?? 0) > 0);
    void second.ask("later");
    await until(() => queued(second) === 1);
    await until(() => calls.length === 2);
    expect(second.line.use()?.limit).to.equal(4); // half, as TCP does
    expect((calls[1]?.at ?? 0) - pausedAt).to.be.at.least(pauseMs - 1);
  });

  it("lets one instance find out whether a model that was down is back", async () => {
    shorter = { ...shorter, breaker: { ...BREAKER_RULES, firstProbeMs: 2_500 } };
    const [first, second] = await start(2, { maxConcurrent: 20 });
    const down = statusError(500);
    const asked = await askInTurn(Array.from({ length: 12 }, (_, index) => `q${index}`));
    for (const { end } of calls) end(down);
    await Promise.all(asked);
    await until(() => [first, second].every(({ line }) => line.use()?.breaker.state === "open"));
    expect(await second.ask("while down")).to.equal("MODEL_DOWN");
    await until(() => [first, second].every(({ line }) => line.use()?.breaker.probeInMs === 0));
    const probes = [first.ask("probe"), second.ask("another")];
    await Promise.race(probes); // the one that is refused
    await until(() => calls.length === 13);
    calls[12]?.end();
    expect((await Promise.all(probes)).toSorted()).to.deep.equal(["MODEL_DOWN", "answered"]);
    await until(() => [first, second].every(({ line }) => line.use()?.breaker.state === "closed"));
  });

  it("gives the places of a dead instance, and its turns, to the others", async () => {
    const [first, second] = await start(2, { maxConcurrent: 2 });
    void first.ask("a");
    void first.ask("b");
    void first.ask("waits in vain");
    await until(() => calls.length === 2 && queued(first) === 1);
    void second.ask("c");
    await until(() => queued(second) === 2);
    first.die();
    inFlight = 0;
    await until(() => calls.length === 3);
    expect(begun()).to.deep.equal(["a", "b", "c"]);
  });

  for (const [what, disturb] of [
    ["comes back empty", restart],
    ["was frozen", freeze],
  ] as const) {
    it(`counts the calls in flight when Redis ${what}, and keeps the order`, async () => {
      shorter = { ...shorter, gapMs: 1_300, warmUpMs: 1_500 };
      const [first, second] = await start(2, { maxConcurrent: 2 });
      const asked = await askInTurn(["a", "b", "c", "d", "e"]);
      const [c, d, e] = asked.slice(2);
      await disturb();
      await until(() => [first, second].every((member) => queued(member) === 3));
      expect(begun()).to.deep.equal(["a", "b"]);
      await endOneByOne(2, asked.length);
      await Promise.all([c, d, e]);
      expect(begun()).to.deep.equal(["a", "b", "c", "d", "e"]);
      expect(mostInFlight).to.equal(2);
    });
  }

  const areApart = (): boolean => instances.every(({ line }) => line.use() === null);

  async function restart(): Promise<void> {
    await redis.kill();
    await until(areApart);
    await redis.restart();
  }

  async function freeze(): Promise<void> {
    redis.freeze();
    await until(areApart);
    redis.resume();
  }
});
