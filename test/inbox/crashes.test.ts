import { expect } from "chai";
import { silentLogger } from "../../lib/core/index.ts";
import { Inbox, type InboxUpdate } from "../../lib/inbox/index.ts";
import type { UpdateStore } from "../../lib/store/index.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryUpdateStore } from "../support/memory-stores/update-store.ts";
import { pseudonym } from "../support/pseudonym.ts";

const MINUTE_MS = 60_000;

function message(updateId: number, chatId: number): Update {
  const chat = { id: chatId, type: "private" as const, first_name: "P" };
  const from = { id: chatId, is_bot: false, first_name: "P" };
  return { update_id: updateId, message: { message_id: updateId, date: 0, chat, from, text: "?" } };
}

/** A process with an inbox; once it has died, nothing of it reaches the store any more. */
class Process {
  isDead = false;
  readonly inbox: Inbox<InboxUpdate>;

  constructor(
    store: MemoryUpdateStore,
    clock: FakeClock,
    handle: (updateId: number, process: Process) => Promise<void>,
    giveUp: (updateId: number) => void,
  ) {
    const whileAlive = async <T>(work: () => Promise<T>): Promise<T> =>
      this.isDead ? new Promise<T>(() => {}) : work();
    this.inbox = new Inbox<InboxUpdate>({
      botId: 7,
      pseudonym,
      maxConcurrentChats: 50,
      store: new Proxy(store, {
        get(target, name: keyof UpdateStore) {
          const method = target[name] as (...args: unknown[]) => Promise<unknown>;
          return (...args: unknown[]) => whileAlive(() => method.apply(target, args));
        },
      }),
      clock,
      logger: silentLogger,
      random: () => 0.5,
      parse: (update) => update,
      arrived: () => {},
      handle: ({ update }) => whileAlive(() => handle(update.update_id, this)),
      giveUp: ({ update }) => whileAlive(async () => giveUp(update.update_id)),
      isOutage: () => false,
    });
  }
}

describe("Updates that were in progress when the process died", () => {
  let clock: FakeClock;
  let store: MemoryUpdateStore;
  let process: Process;
  let apologies: number[];
  let done: number[];
  /** When the process died, in milliseconds since the test began. */
  let deaths: number[];
  /** What handling an update does; by default it is done. */
  let outcome: (updateId: number, process: Process) => Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryUpdateStore();
    [apologies, done, deaths] = [[], [], []];
    outcome = async () => {};
  });

  async function start(): Promise<void> {
    process = new Process(
      store,
      clock,
      async (updateId, self) => {
        await outcome(updateId, self);
        done.push(updateId);
      },
      (updateId) => apologies.push(updateId),
    );
    void process.inbox.start();
    await clock.advance(0);
  }

  async function kill(): Promise<void> {
    process.isDead = true;
    await start();
  }

  /** Handling it kills the process, which a supervisor starts again. */
  function poison(poisonous: number, others: () => Promise<void> = async () => {}): void {
    outcome = async (updateId, self) => {
      if (updateId !== poisonous) return others();
      self.isDead = true;
      deaths.push(clock.now() - Date.UTC(2026, 0, 1));
      return new Promise(() => {});
    };
  }

  /** Lets time pass, starting the process again whenever it died. */
  async function pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 1_000) {
      if (process.isDead) await start();
      await clock.advance(1_000);
    }
  }

  it("are handled at once after a single death", async () => {
    outcome = () => new Promise(() => {});
    await start();
    await process.inbox.accept([message(1, 100)]);
    await clock.advance(0);
    outcome = async () => {};
    await kill();
    expect(done).to.deep.equal([1]);
  });

  it("are not given up because the process is killed many times within minutes", async () => {
    const hangs = (): Promise<void> => new Promise(() => {});
    outcome = hangs;
    await start();
    await process.inbox.accept(Array.from({ length: 8 }, (_, index) => message(index + 1, 100 + index)));
    for (let time = 0; time < 20; time += 1) {
      await clock.advance(7_000);
      await kill();
    }
    expect(apologies).to.deep.equal([]);
    outcome = async () => {};
    await kill();
    await pass(20 * MINUTE_MS);
    expect(done.toSorted((a, b) => a - b)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(apologies).to.deep.equal([]);
  });

  it("are given up after five deaths over ten minutes when they alone were in progress", async () => {
    poison(1);
    await start();
    await process.inbox.accept([message(1, 100)]);
    await pass(20 * MINUTE_MS);
    expect(apologies).to.deep.equal([1]);
    expect(store.states()).to.deep.equal(["dead"]);
    expect(deaths).to.have.length(5);
    const pauses = deaths.slice(1).map((at, index) => at - (deaths[index] ?? 0));
    expect(pauses).to.deep.equal(pauses.toSorted((a, b) => a - b));
    expect((deaths.at(-1) ?? 0) - (deaths[0] ?? 0)).to.be.at.least(10 * MINUTE_MS);
  });

  it("spare their neighbours, which go on while the one that kills the process waits", async () => {
    let isBusy = true;
    poison(1, () => (isBusy ? new Promise(() => {}) : Promise.resolve()));
    await start();
    await process.inbox.accept([message(1, 100), message(2, 200), message(3, 300), message(4, 100)]);
    await pass(2_000);
    isBusy = false;
    await pass(60_000);
    expect(done.toSorted((a, b) => a - b)).to.deep.equal([2, 3]);
    // New ones are handled between the deaths, and none of them is in progress at one.
    for (let updateId = 10; updateId < 100; updateId += 1) {
      if (process.isDead) await start();
      await process.inbox.accept([message(updateId, 100 * updateId)]);
      await pass(15_000);
      expect(done, `at ${clock.now()}`).to.include(updateId);
    }
    expect(apologies).to.deep.equal([1]);
    expect(done).to.include(4);
    expect(store.states().filter((state) => state !== "done")).to.deep.equal(["dead"]);
  });

  it("count no failure of their own for it", async () => {
    outcome = () => new Promise(() => {});
    await start();
    await process.inbox.accept([message(1, 100), message(2, 200)]);
    await clock.advance(0);
    for (let time = 0; time < 6; time += 1) await kill();
    expect([...store.records.values()].every(({ attempts }) => attempts <= 1)).to.equal(true);
  });
});
