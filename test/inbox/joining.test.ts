import { expect } from "chai";
import { silentLogger } from "../../lib/core/index.ts";
import { Inbox, type InboxTurn, type InboxUpdate } from "../../lib/inbox/index.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryUpdateStore } from "../support/memory-stores/update-store.ts";
import { pseudonym } from "../support/pseudonym.ts";

const QUIET_MS = 1_000;

/** Parts of the same album belong together. */
function part(updateId: number, album: string | undefined, chatId = 100): Update {
  const chat = { id: chatId, type: "private" as const, first_name: "P" };
  const from = { id: chatId, is_bot: false, first_name: "P" };
  const message = { message_id: updateId, date: 0, chat, from, text: `text ${updateId}` };
  return {
    update_id: updateId,
    message: { ...message, ...(album === undefined ? {} : { media_group_id: album }) },
  };
}

describe("Updates that are handled as one", () => {
  let clock: FakeClock;
  let store: MemoryUpdateStore;
  /** The update ids of each turn, in the order the turns were ready. */
  let turns: number[][];
  let apologies: number[];
  let inboxes: Inbox<InboxUpdate>[];
  /** Handles a turn, once its parts are there. */
  let outcome: (ids: number[]) => Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryUpdateStore();
    turns = [];
    apologies = [];
    inboxes = [];
    outcome = async () => {};
  });

  afterEach(async () => {
    for (const inbox of inboxes) {
      const stopped = inbox.stop(0);
      await clock.advance(10_000);
      await stopped;
    }
  });

  async function handle({ update }: InboxUpdate, turn: InboxTurn): Promise<void> {
    const album = update.message?.media_group_id;
    const others =
      album === undefined
        ? []
        : await turn.join(({ message }) => message?.media_group_id === album, QUIET_MS);
    const ids = [update, ...others.map((other) => other.update)].map(({ update_id }) => update_id);
    turns.push(ids);
    await outcome(ids);
  }

  async function open(maxConcurrentChats = 50): Promise<Inbox<InboxUpdate>> {
    const inbox = new Inbox({
      botId: 7,
      pseudonym,
      maxConcurrentChats,
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
      isOutage: () => false,
    });
    inboxes.push(inbox);
    await inbox.start();
    await clock.advance(0);
    return inbox;
  }

  it("are those right behind the first, and end with it", async () => {
    const inbox = await open();
    await inbox.accept([part(1, "a"), part(2, "a"), part(3, "a"), part(4, undefined)]);
    await clock.advance(0);
    expect(turns).to.deep.equal([[1, 2, 3], [4]]);
    expect(store.states()).to.deep.equal(["done", "done", "done", "done"]);
    expect(inbox.stats().waiting).to.equal(0);
  });

  it("are waited for until none came for a while", async () => {
    const inbox = await open();
    for (const id of [1, 2, 3]) {
      await inbox.accept([part(id, "a")]);
      await clock.advance(QUIET_MS - 1);
    }
    expect(turns).to.deep.equal([]);
    await clock.advance(1);
    expect(turns).to.deep.equal([[1, 2, 3]]);
  });

  it("are not waited for once something else came", async () => {
    const inbox = await open();
    await inbox.accept([part(1, "a")]);
    await clock.advance(10);
    await inbox.accept([part(2, "b")]);
    await clock.advance(0);
    expect(turns).to.deep.equal([[1]]);
  });

  it("yield their slot to another chat while more of them are waited for", async () => {
    const inbox = await open(1);
    await inbox.accept([part(1, "a", 100), part(2, undefined, 200)]);
    await clock.advance(0);
    expect(turns).to.deep.equal([[2]]);
    await clock.advance(QUIET_MS);
    expect(turns).to.deep.equal([[2], [1]]);
  });

  it("do not include one that comes too late", async () => {
    const inbox = await open();
    await inbox.accept([part(1, "a")]);
    await clock.advance(QUIET_MS);
    await inbox.accept([part(2, "a")]);
    await clock.advance(QUIET_MS);
    expect(turns).to.deep.equal([[1], [2]]);
  });

  it("are waited for no longer when they came long ago", async () => {
    const first = await open();
    outcome = () => new Promise(() => {});
    await first.accept([part(1, undefined), part(2, "a"), part(3, "a")]);
    await clock.advance(QUIET_MS);
    outcome = async () => {};
    turns = [];
    await open();
    expect(turns).to.deep.equal([[1], [2, 3]]);
  });

  it("are the same after a crash, though more came meanwhile", async () => {
    const killed = await open();
    outcome = () => new Promise(() => {});
    await killed.accept([part(1, "a"), part(2, "a")]);
    await clock.advance(QUIET_MS);
    await killed.accept([part(3, "a")]);
    await clock.advance(QUIET_MS);
    outcome = async () => {};
    turns = [];
    await open();
    await clock.advance(QUIET_MS);
    expect(turns).to.deep.equal([[1, 2], [3]]);
  });

  it("are not handled by themselves after a crash between settling them and the first", async () => {
    const killed = await open();
    const settle = store.settle.bind(store);
    store.settle = (id, state, at) => (id === "7:1" ? new Promise(() => {}) : settle(id, state, at));
    await killed.accept([part(1, "a"), part(2, "a"), part(3, "a")]);
    await clock.advance(QUIET_MS);
    expect(store.states()).to.deep.equal(["processing", "done", "done"]);
    store.settle = settle;
    turns = [];
    await open();
    expect(turns).to.deep.equal([[1]]);
    expect(store.states()).to.deep.equal(["done", "done", "done"]);
  });

  it("are given up together, with one apology", async () => {
    outcome = async ([first]) => {
      if (first === 1) throw new Error("no luck");
    };
    const inbox = await open();
    await inbox.accept([part(1, "a"), part(2, "a"), part(3, undefined)]);
    await clock.advance(5 * 60_000);
    expect(store.states()).to.deep.equal(["dead", "dead", "done"]);
    expect(apologies).to.deep.equal([1]);
    expect(turns.slice(0, 5)).to.deep.equal([1, 2, 3, 4, 5].map(() => [1, 2]));
  });

  it("are tried alone, and together, when the first was in progress at repeated crashes", async () => {
    const killed = await open();
    outcome = () => new Promise(() => {});
    await killed.accept([part(1, "a"), part(2, "a"), part(3, undefined, 200)]);
    await clock.advance(QUIET_MS);
    for (let crash = 0; crash < 2; crash += 1) {
      turns = [];
      await open();
      await clock.advance(0);
    }
    expect(turns).to.deep.equal([[1, 2]]);
    outcome = async () => {};
    turns = [];
    await open();
    await clock.advance(0);
    expect(turns).to.deep.equal([[1, 2], [3]]);
    expect(store.states()).to.deep.equal(["done", "done", "done"]);
  });

  it("count the attempt of the first only", async () => {
    outcome = () => new Promise(() => {});
    const inbox = await open();
    await inbox.accept([part(1, "a"), part(2, "a")]);
    await clock.advance(QUIET_MS);
    expect(
      [store.get("7:1"), store.get("7:2")].map(({ state, attempts }) => [state, attempts]),
    ).to.deep.equal([
      ["processing", 1],
      ["received", 0],
    ]);
  });
});
