import { expect } from "chai";
import { AppError, silentLogger } from "../../lib/core/index.ts";
import { Inbox, type InboxOptions, type InboxTurn, type InboxUpdate } from "../../lib/inbox/index.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryUpdateStore } from "../support/memory-stores/update-store.ts";
import { pseudonym } from "../support/pseudonym.ts";

const BOT = 7;

function message(updateId: number, chatId: number, text = `text ${updateId}`): Update {
  const chat = { id: chatId, type: "private" as const, first_name: "P" };
  const from = { id: chatId, is_bot: false, first_name: "P" };
  return { update_id: updateId, message: { message_id: updateId, date: 0, chat, from, text } };
}

/** A handler whose calls the test ends. */
class Gate {
  private readonly waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  readonly begun: number[] = [];

  readonly handle = async ({ update }: InboxUpdate): Promise<void> => {
    this.begun.push(update.update_id);
    await new Promise<void>((resolve, reject) => this.waiting.set(update.update_id, { resolve, reject }));
  };

  end(updateId: number): void {
    this.waiting.get(updateId)?.resolve();
  }

  fail(updateId: number, error: Error): void {
    this.waiting.get(updateId)?.reject(error);
  }
}

describe("the inbox", () => {
  let clock: FakeClock;
  let store: MemoryUpdateStore;
  let inboxes: Inbox<InboxUpdate>[];
  let apologies: number[];

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryUpdateStore();
    inboxes = [];
    apologies = [];
  });

  async function open(
    handle: InboxOptions<InboxUpdate>["handle"],
    options: Partial<InboxOptions<InboxUpdate>> = {},
  ): Promise<Inbox<InboxUpdate>> {
    const inbox = new Inbox({
      botId: BOT,
      pseudonym,
      maxConcurrentChats: 50,
      store,
      clock,
      logger: silentLogger,
      random: () => 0.5,
      handle,
      parse: (update) => update,
      arrived: () => {},
      giveUp: async ({ update }) => {
        apologies.push(update.update_id);
      },
      isOutage: (error) => error instanceof AppError && error.code === "AWAY",
      ...options,
    });
    inboxes.push(inbox);
    await inbox.start();
    await clock.advance(0);
    return inbox;
  }

  afterEach(async () => {
    for (const inbox of inboxes) {
      const stopped = inbox.stop(0);
      await clock.advance(10_000);
      await stopped;
    }
  });

  it("takes a chat's updates one at a time, in the order they came", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle);
    await inbox.accept([message(1, 100), message(2, 100), message(3, 100)]);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([1]);
    gate.end(1);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([1, 2]);
    gate.end(2);
    await clock.advance(0);
    gate.end(3);
    await clock.advance(0);
    expect(store.states()).to.deep.equal(["done", "done", "done"]);
    expect(inbox.stats().waiting).to.equal(0);
  });

  it("settles refused updates without handling them or storing an attempt, and keeps the order of the rest", async () => {
    const changed: string[] = [];
    const change = store.change.bind(store);
    store.change = async (id, to) => {
      changed.push(id);
      await change(id, to);
    };
    const begun: number[] = [];
    const inbox = await open(async ({ update }) => void begun.push(update.update_id), {
      refuses: ({ update }) => ![1, 500, 1_000].includes(update.update_id),
    });
    await inbox.accept(Array.from({ length: 1_000 }, (_, index) => message(index + 1, 100)));
    await inbox.idle();
    expect(begun).to.deep.equal([1, 500, 1_000]);
    expect(changed.length).to.be.at.most(2 * begun.length);
    expect(new Set(store.states())).to.deep.equal(new Set(["done"]));
    expect(inbox.stats().waiting).to.equal(0);
  });

  it("settles refused updates once the database is back", async () => {
    const inbox = await open(async () => {}, { refuses: () => true });
    const settle = store.settle.bind(store);
    store.settle = async () => {
      throw new AppError("The database is away", { code: "AWAY", retryable: true });
    };
    await inbox.accept([message(1, 100), message(2, 100)]);
    await clock.advance(1_000);
    expect(store.states()).not.to.include("done");
    store.settle = settle;
    await clock.advance(60_000);
    expect(store.states()).to.deep.equal(["done", "done"]);
    expect(inbox.stats().waiting).to.equal(0);
  });

  it("handles other chats while one is slow", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle);
    await inbox.accept([message(1, 100), message(2, 200)]);
    await clock.advance(0);
    gate.end(2);
    await clock.advance(0);
    expect(store.states()).to.deep.equal(["processing", "done"]);
  });

  it("works on at most maxConcurrentChats chats at once, and a busy chat takes its turn behind the others", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle, { maxConcurrentChats: 1 });
    await inbox.accept([message(1, 100), message(2, 100), message(3, 200)]);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([1]);
    gate.end(1);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([1, 3]);
    gate.end(3);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([1, 3, 2]);
    gate.end(2);
    await clock.advance(0);
  });

  it("gives a chat's slot to another chat while it waits for the model, but keeps its order", async () => {
    const gate = new Gate();
    let answer = (): void => {};
    const handle = (current: InboxUpdate, turn: InboxTurn): Promise<void> =>
      current.chatKey === "chat:100" && current.update.update_id === 1
        ? turn.whileWaiting(
            () =>
              new Promise<void>((resolve) => {
                answer = resolve;
              }),
          )
        : gate.handle(current);
    const inbox = await open(handle, { maxConcurrentChats: 1 });
    await inbox.accept([message(1, 100), message(2, 100), message(3, 200)]);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([3]);
    gate.end(3);
    answer();
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([3, 2]);
    gate.end(2);
    await clock.advance(0);
    expect(store.states()).to.deep.equal(["done", "done", "done"]);
  });

  it("stores the update of an idle chat as begun, with its attempt counted, as long as slots are free", async () => {
    const inbox = await open(async () => new Promise(() => {}), { maxConcurrentChats: 2 });
    store.change = () => expect.fail("a write too many");
    await inbox.accept([message(1, 100), message(2, 100), message(3, 200), message(4, 300)]);
    await clock.advance(0);
    const attempts = [...store.records.values()].map((record) => record.attempts);
    expect(store.states()).to.deep.equal(["processing", "received", "processing", "received"]);
    expect(attempts).to.deep.equal([1, 0, 1, 0]);
  });

  describe("settles an update and begins the next of its chat in one write", () => {
    /** Holds the settling of updates until the returned function is called. */
    function holdSettling(): () => Promise<void> {
      const settle = store.settle.bind(store);
      let go = (): void => {};
      const told = new Promise<void>((resolve) => {
        go = resolve;
      });
      store.settle = async (...args) => {
        await told;
        await settle(...args);
      };
      return async () => {
        go();
        await clock.advance(0);
      };
    }

    it("and handles the next once the first is settled", async () => {
      const gate = new Gate();
      const inbox = await open(gate.handle);
      await inbox.accept([message(1, 100), message(2, 100)]);
      await clock.advance(0);
      const settleNow = holdSettling();
      gate.end(1);
      await clock.advance(0);
      expect(store.states()).to.deep.equal(["processing", "processing"]);
      expect(gate.begun).to.deep.equal([1]);
      await settleNow();
      expect(gate.begun).to.deep.equal([1, 2]);
      expect(store.get(`${BOT}:2`).attempts).to.equal(1);
    });

    it("but not while another chat waits for the slot", async () => {
      const gate = new Gate();
      const inbox = await open(gate.handle, { maxConcurrentChats: 1 });
      await inbox.accept([message(1, 100), message(2, 100), message(3, 200)]);
      await clock.advance(0);
      gate.end(1);
      await clock.advance(0);
      expect(store.states()).to.deep.equal(["done", "received", "processing"]);
    });

    it("and gives the attempt back when a stop comes between", async () => {
      const gate = new Gate();
      const inbox = await open(gate.handle);
      await inbox.accept([message(1, 100), message(2, 100)]);
      await clock.advance(0);
      const settleNow = holdSettling();
      gate.end(1);
      await clock.advance(0);
      const stopped = inbox.stop(10_000);
      await settleNow();
      await stopped;
      expect(gate.begun).to.deep.equal([1]);
      expect(store.states()).to.deep.equal(["done", "received"]);
      expect(store.get(`${BOT}:2`).attempts).to.equal(0);
    });

    it("and gives the attempt back when the first could not be settled before a stop", async () => {
      const gate = new Gate();
      const inbox = await open(gate.handle);
      await inbox.accept([message(1, 100), message(2, 100)]);
      await clock.advance(0);
      store.settle = async () => {
        throw new AppError("away", { code: "AWAY", retryable: true });
      };
      gate.end(1);
      await clock.advance(0);
      const stopped = inbox.stop(0);
      await clock.advance(10_000);
      await stopped;
      expect(store.states()).to.deep.equal(["received", "received"]);
      expect(store.get(`${BOT}:2`).attempts).to.equal(0);
    });

    it("and begins the next in its turn when that failed", async () => {
      const gate = new Gate();
      const inbox = await open(gate.handle);
      await inbox.accept([message(1, 100), message(2, 100)]);
      await clock.advance(0);
      const change = store.change.bind(store);
      store.change = async () => {
        store.change = change;
        throw new Error("the database was away for a moment");
      };
      gate.end(1);
      await clock.advance(0);
      expect(gate.begun).to.deep.equal([1, 2]);
      expect(store.get(`${BOT}:2`)).to.include({ state: "processing", attempts: 1 });
    });
  });

  it("stores and handles an update once, however often Telegram sends it", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle);
    await inbox.accept([message(1, 100)]);
    await inbox.accept([message(1, 100), message(2, 200), message(2, 200)]);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([1, 2]);
    gate.end(1);
    gate.end(2);
    await clock.advance(0);
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([1, 2]);
  });

  it("resumes unsettled updates after a crash, in order", async () => {
    const before = new Gate();
    const inbox = await open(before.handle);
    await inbox.accept([message(1, 100), message(2, 100), message(3, 200)]);
    await clock.advance(0);
    before.end(3);
    await clock.advance(0);
    const after = new Gate(); // the process dies here: the first inbox does nothing more
    await open(after.handle);
    expect(after.begun).to.deep.equal([1]);
    after.end(1);
    await clock.advance(0);
    after.end(2);
    await clock.advance(0);
    expect(store.states()).to.deep.equal(["done", "done", "done"]);
  });

  it("finds an update that was stored although the call that stored it failed", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle);
    await store.add([
      {
        _id: `${BOT}:1`,
        botId: BOT,
        chatKey: "chat:100",
        payload: JSON.stringify(message(1, 100)),
        receivedAt: new Date(0),
        state: "processing",
        attempts: 1,
      },
    ]);
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    expect(gate.begun).to.deep.equal([1]);
  });

  it("retries a failing update with growing pauses, then apologises and moves on", async () => {
    const tried: number[] = [];
    const inbox = await open(async ({ update }) => {
      tried.push(update.update_id);
      if (update.update_id === 1) throw new Error("it fails");
    });
    await inbox.accept([message(1, 100), message(2, 100)]);
    await clock.advance(120_000);
    expect(tried).to.deep.equal([1, 1, 1, 1, 1, 2]);
    expect(apologies).to.deep.equal([1]);
    expect(store.states()).to.deep.equal(["dead", "done"]);
  });

  it("retries on time when the system's clock is set back an hour", async () => {
    let tries = 0;
    const inbox = await open(async () => {
      tries += 1;
      if (tries === 1) throw new Error("it fails");
    });
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    clock.setWallClock(-3_600_000);
    await clock.advance(10_000);
    expect(store.states()).to.deep.equal(["done"]);
    clock.setWallClock(7_200_000);
    await inbox.accept([message(2, 100)]);
    expect(inbox.stats().oldestMs).to.equal(0);
  });

  it("counts no attempt for an outage, however long it lasts", async () => {
    let isAway = true;
    const inbox = await open(async () => {
      if (isAway) throw new AppError("away", { code: "AWAY", retryable: true });
    });
    await inbox.accept([message(1, 100)]);
    await clock.advance(600_000);
    isAway = false;
    await clock.advance(10_000);
    expect(apologies).to.deep.equal([]);
    expect(store.states()).to.deep.equal(["done"]);
    expect(store.get(`${BOT}:1`).attempts).to.equal(1);
  });

  it("goes on by itself when the database comes back", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle);
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    store.outage = new AppError("away", { code: "AWAY", retryable: true });
    gate.end(1);
    await clock.advance(60_000);
    expect(store.states()).to.deep.equal(["processing"]);
    store.outage = undefined;
    await clock.advance(10_000);
    gate.end(1);
    await clock.advance(0);
    expect(store.states()).to.deep.equal(["done"]);
  });

  it("lets the others go on when a suspect is slow", async () => {
    const gate = new Gate();
    const first = await open(gate.handle);
    await first.accept([message(1, 100), message(2, 200)]);
    await clock.advance(0);
    await open(gate.handle); // dies again with both in progress
    await first.accept([]);
    const begun: number[] = [];
    await open(async ({ update }) => {
      begun.push(update.update_id);
      if (update.update_id === 1) await new Promise(() => {});
    });
    await clock.advance(9_000);
    expect(begun).to.deep.equal([1]);
    await clock.advance(2_000);
    expect(begun).to.deep.equal([1, 2]);
  });

  it("makes nobody wait longer than half a minute for suspects, however many there are", async () => {
    const hangs = (): Promise<void> => new Promise(() => {});
    const first = await open(hangs);
    await first.accept(Array.from({ length: 9 }, (_, index) => message(index + 1, 100 * (index + 1))));
    await clock.advance(0);
    await open(hangs); // dies again with all of them in progress
    const begun: number[] = [];
    const third = await open(async ({ update }) => {
      begun.push(update.update_id);
      if (update.update_id < 10) await hangs();
    });
    await third.accept([message(10, 1_000)]);
    await clock.advance(29_000);
    expect(begun).to.deep.equal([1, 2, 3]);
    await clock.advance(2_000);
    expect(begun).to.include(10);
  });

  it("counts the attempt of a question that was queued and never started", async () => {
    const inbox = await open((_, turn) =>
      turn
        .whileWaiting(async ({ onQueued }) => {
          await onQueued();
        })
        .then(() => new Promise(() => {})),
    );
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    expect(store.get(`${BOT}:1`)).to.include({ state: "processing", attempts: 1 });
  });

  it("gives up a question whose wait for the model keeps failing", async () => {
    await open((_, turn) =>
      turn.whileWaiting(async ({ onQueued }) => {
        await onQueued();
        throw new Error("the queue is broken");
      }),
    ).then((inbox) => inbox.accept([message(1, 100)]));
    await clock.advance(300_000);
    expect(store.states()).to.deep.equal(["dead"]);
    expect(apologies).to.deep.equal([1]);
  });

  it("retries with pauses when giving up fails too", async () => {
    let burials = 0;
    const inbox = await open(
      async () => {
        throw new Error("fails");
      },
      {
        giveUp: async () => {
          burials += 1;
          store.outage = new Error("the disk is full");
        },
      },
    );
    await inbox.accept([message(1, 100)]);
    await clock.advance(60_000);
    const soFar = burials;
    expect(soFar).to.be.within(1, 20);
    store.outage = undefined;
  });

  it("does not handle an update again that is settled while Telegram sends it once more", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle);
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    const { add } = store;
    let isAsked = false;
    store.add = (batch) => {
      isAsked ||= batch.length > 0;
      return add.call(store, batch);
    };
    await inbox.accept([message(1, 100)]);
    gate.end(1);
    await clock.advance(0);
    expect(isAsked).to.equal(false);
    expect(gate.begun).to.deep.equal([1]);
  });

  for (const [what, hook] of [
    ["for which arrived fails", "arrived"],
    ["for which refuses fails", "refuses"],
  ] as const) {
    it(`works on an update ${what}`, async () => {
      const gate = new Gate();
      const inbox = await open(gate.handle, {
        [hook]() {
          throw new Error("odd update");
        },
      });
      await inbox.accept([message(1, 100), message(2, 200)]);
      await clock.advance(0);
      expect(gate.begun).to.deep.equal([1, 2]);
    });
  }

  it("gives back at a stop an attempt that an outage interrupted", async () => {
    const inbox = await open(async () => {
      throw new AppError("away", { code: "AWAY", retryable: true });
    });
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    const stopped = inbox.stop(1_000);
    await clock.advance(2_000);
    await stopped;
    expect(store.get(`${BOT}:1`)).to.include({ state: "received", attempts: 0 });
  });

  it("counts no attempt of a question that only waits in the model's queue when the process dies", async () => {
    const handle = (_: InboxUpdate, turn: InboxTurn): Promise<void> =>
      turn.whileWaiting(async ({ onQueued }) => {
        await onQueued();
        await new Promise(() => {});
      });
    const inbox = await open(handle);
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    for (let run = 0; run < 8; run += 1) await open(handle);
    expect(store.get(`${BOT}:1`)).to.include({ state: "received", attempts: 0 });
  });

  it("counts the attempt again when the question starts", async () => {
    const inbox = await open((_, turn) =>
      turn.whileWaiting(async ({ onQueued, onStarted }) => {
        await onQueued();
        await onStarted();
        await new Promise(() => {});
      }),
    );
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    expect(store.get(`${BOT}:1`)).to.include({ state: "processing", attempts: 1 });
  });

  it("waits at a stop for updates in progress, and begins nothing more", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle);
    await inbox.accept([message(1, 100), message(2, 100)]);
    await clock.advance(0);
    const stopped = inbox.stop(10_000);
    await clock.advance(5_000);
    gate.end(1);
    await clock.advance(0);
    await stopped;
    expect(gate.begun).to.deep.equal([1]);
    expect(store.states()).to.deep.equal(["done", "received"]);
  });

  it("puts back unfinished updates when the grace period is over, without counting the attempt", async () => {
    const inbox = await open(
      (_, turn) =>
        new Promise((_resolve, reject) => {
          turn.signal.addEventListener("abort", () => reject(turn.signal.reason as Error));
        }),
    );
    await inbox.accept([message(1, 100)]);
    await clock.advance(0);
    const stopped = inbox.stop(10_000);
    await clock.advance(10_000);
    await stopped;
    expect(store.get(`${BOT}:1`)).to.include({ state: "received", attempts: 0 });
  });

  it("accepts no more while ten thousand updates wait, and goes on when there is room", async () => {
    const gate = new Gate();
    const inbox = await open(gate.handle);
    await inbox.accept(Array.from({ length: 10_000 }, (_, index) => message(index + 1, 100)));
    let isAccepted = false;
    const accepting = inbox.accept([message(10_001, 200)]).then(() => {
      isAccepted = true;
    });
    await clock.advance(0);
    expect(isAccepted).to.equal(false);
    gate.end(1);
    await accepting;
    expect(store.records.size).to.equal(10_001);
  });
});
