import { expect } from "chai";
import { silentLogger } from "../../lib/core/index.ts";
import { type InboxTurn, type InboxUpdate, SharedInbox } from "../../lib/inbox/index.ts";
import { type ChatHomeStore, createChatHomeStore } from "../../lib/store/collections/instances/chat-homes.ts";
import { createUpdateStore, type UpdateRecord } from "../../lib/store/collections/messages/updates.ts";
import type { ChatHome } from "../../lib/store/index.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { emptyDatabase } from "../support/empty-database.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { pseudonym } from "../support/pseudonym.ts";

const BOT = 7;
const CHAT = "chat:100";
const BASE = {
  date: 0,
  chat: { id: 100, type: "private" as const, first_name: "P" },
  from: { id: 100, is_bot: false, first_name: "P" },
};

const message = (updateId: number): Update => ({
  update_id: updateId,
  message: { ...BASE, message_id: updateId, text: `text ${updateId}` },
});

type Handle = (update: InboxUpdate, turn: InboxTurn) => Promise<void>;

/** Inboxes of two instances on one database; the test decides which is the home of the chat. */
describe("the inboxes of several instances", () => {
  let database: TestDatabase;
  let clock: FakeClock;
  let homes: ChatHomeStore;
  let opened: { inbox: SharedInbox<InboxUpdate>; lose(): void }[];
  let woken: string[];

  before(async () => {
    database = await openTestDatabase();
  });
  beforeEach(async () => {
    await emptyDatabase(database.db);
    clock = new FakeClock();
    homes = createChatHomeStore(database.db);
    opened = [];
    woken = [];
  });
  afterEach(async () => {
    for (const { inbox, lose } of opened) {
      lose();
      const stopped = inbox.stop(0);
      await clock.advance(10_000);
      await stopped;
    }
  });
  after(() => database.close());

  function openInstance(name: string, handle: Handle) {
    const inbox = new SharedInbox<InboxUpdate>({
      botId: BOT,
      pseudonym,
      maxConcurrentChats: 50,
      store: createUpdateStore(database.db, { isShared: true }),
      clock,
      logger: silentLogger,
      random: () => 0.5,
      parse: (update) => update,
      arrived: () => {},
      handle,
      giveUp: async () => {},
      isOutage: () => false,
      wake: (chatKeys) => woken.push(...chatKeys),
      onFree: () => {},
      isDelivering: () => false,
    });
    let lost = new AbortController();
    const instance = {
      inbox,
      lose: () => lost.abort(),
      /** Becomes the home of the chat. @returns a promise of the end of the work on it */
      async become(): Promise<{ ended: Promise<void> }> {
        const fence = await homes.take(CHAT, name, new Date(clock.now()));
        if (fence === null) throw new Error("taken over meanwhile");
        lost = new AbortController();
        const home: ChatHome = {
          chatKey: CHAT,
          claim: { fence, owner: name },
          lost: lost.signal,
          isHeld: () => true,
          confirm: () => homes.isCurrent(CHAT, fence),
        };
        return { ended: inbox.open(home) };
      },
    };
    opened.push(instance);
    return instance;
  }

  /** A handler that stands at its first update until it is let go. */
  function gate() {
    const begun: number[] = [];
    const seqs: number[] = [];
    let letGo = (): void => {};
    let arrived = (): void => {};
    const isOpen = new Promise<void>((resolve) => (letGo = resolve));
    const hasBegun = new Promise<void>((resolve) => (arrived = resolve));
    return {
      begun,
      seqs,
      hasBegun,
      letGo: () => letGo(),
      async handle({ update, seq }: InboxUpdate): Promise<void> {
        begun.push(update.update_id);
        seqs.push(seq);
        arrived();
        if (begun.length === 1) await isOpen;
      },
    };
  }

  const stored = (): Promise<UpdateRecord[]> =>
    database.db.collection<UpdateRecord>("updates").find().sort({ seq: 1 }).toArray();

  it("number updates in the order in which they were stored, wherever that was", async () => {
    const one = openInstance("one", async () => {});
    const two = openInstance("two", async () => {});
    for (const [index, { inbox }] of [one, two, one, two].entries()) await inbox.accept([message(index + 1)]);
    expect((await stored()).map(({ _id }) => _id)).to.deep.equal(["7:1", "7:2", "7:3", "7:4"]);
    expect(woken).to.deep.equal([CHAT, CHAT, CHAT, CHAT]);
  });

  it("work on a chat only where its home is, also on what another instance stored meanwhile", async () => {
    const at = gate();
    const home = openInstance("home", at.handle);
    const front = openInstance("front", () => Promise.reject(new Error("not the home")));
    await front.inbox.accept([message(1)]);
    const { ended } = await home.become();
    await at.hasBegun;
    await front.inbox.accept([message(2)]);
    await front.inbox.look(CHAT);
    await home.inbox.look(CHAT);
    at.letGo();
    await ended;
    expect(at.begun).to.deep.equal([1, 2]);
    expect((await stored()).map(({ state, attempts }) => [state, attempts])).to.deep.equal([
      ["done", 1],
      ["done", 1],
    ]);
    expect(home.inbox.stats().waiting).to.equal(0);
  });

  it("drop a chat whose home was lost: the late one changes nothing", async () => {
    const late = gate();
    const first = openInstance("first", late.handle);
    await first.inbox.accept([message(1), message(2)]);
    const lost = await first.become();
    await late.hasBegun;

    const begun: number[] = [];
    const second = openInstance("second", async ({ update }) => void begun.push(update.update_id));
    await (await second.become()).ended;
    expect(begun).to.deep.equal([1, 2]);
    const before = await stored();
    late.letGo(); // it does not know yet that it is late
    await lost.ended;
    expect(late.begun).to.deep.equal([1]);
    expect(await stored()).to.deep.equal(before);
    expect(before.map(({ state }) => state)).to.deep.equal(["done", "done"]);
  });

  it("abort the work on a chat as soon as its home is known to be lost", async () => {
    let begin = (): void => {};
    const hasBegun = new Promise<void>((resolve) => (begin = resolve));
    const instance = openInstance("one", (_update, { signal }) => {
      begin();
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    });
    await instance.inbox.accept([message(1)]);
    const { ended } = await instance.become();
    await hasBegun;
    instance.lose();
    await ended;
    expect(instance.inbox.stats().waiting).to.equal(0);
    expect((await stored())[0]).to.include({ state: "processing", attempts: 1 });
  });

  it("count a death against the update that was alone in progress, and give it its attempt back", async () => {
    const dead = gate();
    const first = openInstance("first", dead.handle);
    await first.inbox.accept([message(1)]);
    await first.become();
    await dead.hasBegun;
    const second = openInstance("second", async () => {});
    await (await second.become()).ended;
    const [record] = await stored();
    expect(record).to.include({ state: "done", attempts: 1 });
    expect(record?.evidence).to.include({ crashes: 1, deaths: 1, owner: "first" });
  });

  it("count no attempt when an instance stops cleanly", async () => {
    const first = openInstance("first", (_update, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    });
    await first.inbox.accept([message(1)]);
    const { ended } = await first.become();
    const stopped = first.inbox.stop(100);
    await clock.advance(10_000);
    await stopped;
    await ended;
    expect((await stored())[0]).to.include({ attempts: 0 });
    const second = openInstance("second", async () => {});
    await (await second.become()).ended;
    expect((await stored())[0]).to.include({ state: "done", attempts: 1 });
    expect((await stored())[0]).to.not.have.property("evidence");
  });

  it("put a message that another instance stored behind a later press before it", async () => {
    const handled: number[] = [];
    const one = openInstance("one", async ({ update }) => void handled.push(update.update_id));
    const two = openInstance("two", async () => {});
    const press = { id: "p", from: BASE.from, chat_instance: "c", data: "x" };
    const pressed = { ...press, message: { ...BASE, message_id: 1, text: "choose" } };
    await one.inbox.accept([{ update_id: 9, callback_query: pressed }]);
    await two.inbox.accept([message(8)]);
    await (await one.become()).ended;
    expect(handled).to.deep.equal([8, 9]);
    expect((await stored()).map(({ _id }) => _id)).to.deep.equal(["7:8", "7:9"]);
  });

  it("put it there also when it was read before the press, which was numbered first", async () => {
    const at = gate();
    const home = openInstance("home", at.handle);
    const front = openInstance("front", () => Promise.reject(new Error("not the home")));
    await front.inbox.accept([message(1)]);
    const { ended } = await home.become();
    await at.hasBegun;
    for (const updateId of [4, 2, 3]) await front.inbox.accept([message(updateId)]);
    const updates = database.db.collection<UpdateRecord>("updates");
    const press = await updates.findOneAndDelete({ _id: "7:4" }); // as if its insert took longer than those of the others
    await home.inbox.look(CHAT);
    if (press) await updates.insertOne(press);
    await home.inbox.look(CHAT);
    at.letGo();
    await ended;
    expect(at.begun).to.deep.equal([1, 2, 3, 4]);
    const inOrder = await stored();
    expect(inOrder.map(({ _id }) => _id)).to.deep.equal(["7:1", "7:2", "7:3", "7:4"]);
    // What is sent goes by the seq that the handler sees: after a takeover it must be the same.
    expect(at.seqs).to.deep.equal(inOrder.map(({ seq }) => seq));
  });

  it("put it there also when they were not told of it while the chat was busy", async () => {
    const at = gate();
    const home = openInstance("home", at.handle);
    const front = openInstance("front", () => Promise.reject(new Error("not the home")));
    await front.inbox.accept([message(1)]);
    const { ended } = await home.become();
    await at.hasBegun;
    await front.inbox.accept([message(3)]);
    await home.inbox.look(CHAT);
    await front.inbox.accept([message(2)]);
    at.letGo();
    await ended;
    expect(at.begun).to.deep.equal([1, 2, 3]);
    expect((await stored()).map(({ _id }) => _id)).to.deep.equal(["7:1", "7:2", "7:3"]);
  });

  it("give a chat up whose next update pauses for long, so that any instance may go on with it later", async () => {
    const one = openInstance("one", async () => {});
    await one.inbox.accept([message(1)]);
    const notBefore = new Date(clock.now() + 60_000);
    await database.db.collection<UpdateRecord>("updates").updateOne({ _id: "7:1" }, { $set: { notBefore } });
    await (await one.become()).ended;
    expect((await stored())[0]?.state).to.equal("received");
    const store = createUpdateStore(database.db);
    expect([...(await store.openChats(BOT, new Date(clock.now())))]).to.deep.equal([]);
    expect([...(await store.openChats(BOT, notBefore))]).to.deep.equal([CHAT]);
  });
});
