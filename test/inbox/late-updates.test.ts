import { expect } from "chai";
import fc from "fast-check";
import { silentLogger } from "../../lib/core/index.ts";
import { Inbox, type InboxUpdate } from "../../lib/inbox/index.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryUpdateStore } from "../support/memory-stores/update-store.ts";
import { pseudonym } from "../support/pseudonym.ts";
import { share } from "../support/thorough.ts";

const BOT = 7;
const CHAT = { id: 100, type: "private" as const, first_name: "P" };
const FROM = { id: 100, is_bot: false, first_name: "P" };

const message = (updateId: number): Update => ({
  update_id: updateId,
  message: { message_id: updateId, date: 0, chat: CHAT, from: FROM, text: `text ${updateId}` },
});

/** With webhooks a press may overtake the message before it. */
describe("updates that arrive after a later one of their chat", () => {
  let clock: FakeClock;
  let store: MemoryUpdateStore;
  let inboxes: Inbox<InboxUpdate>[];

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryUpdateStore();
    inboxes = [];
  });

  afterEach(async () => {
    for (const inbox of inboxes) {
      const stopped = inbox.stop(0);
      await clock.advance(10_000);
      await stopped;
    }
  });

  async function open(handle: (update: InboxUpdate) => Promise<void>): Promise<Inbox<InboxUpdate>> {
    const inbox = new Inbox<InboxUpdate>({
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
      giveUp: async () => {},
      isOutage: () => false,
    });
    inboxes.push(inbox);
    await inbox.start();
    await clock.advance(0);
    return inbox;
  }

  /** A handler that stands at the first update until it is let go. */
  function gated(): { handled: InboxUpdate[]; handle(update: InboxUpdate): Promise<void>; open(): void } {
    const handled: InboxUpdate[] = [];
    let letGo = (): void => {};
    const opened = new Promise<void>((resolve) => (letGo = resolve));
    return {
      handled,
      open: () => letGo(),
      async handle(update) {
        handled.push(update);
        if (handled.length === 1) await opened;
      },
    };
  }

  it("are handled before it when it is not begun, with seqs in that order", async () => {
    const gate = gated();
    const inbox = await open(gate.handle);
    await inbox.accept([message(1)]);
    await clock.advance(0);
    for (const updateId of [5, 4, 2, 3, 6]) await inbox.accept([message(updateId)]);
    gate.open();
    await inbox.idle();
    expect(gate.handled.map(({ update }) => update.update_id)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    const seqs = gate.handled.map(({ seq }) => seq);
    expect(seqs).to.deep.equal(seqs.toSorted((a, b) => a - b));
    expect(new Set(seqs).size).to.equal(6);
    expect(
      gate.handled.map(({ seq, update }) => store.get(`7:${update.update_id}`).seq === seq),
    ).to.not.include(false);
  });

  it("come after it when it is begun", async () => {
    const gate = gated();
    const inbox = await open(gate.handle);
    await inbox.accept([message(9)]);
    await clock.advance(0);
    await inbox.accept([message(8)]);
    gate.open();
    await inbox.idle();
    expect(gate.handled.map(({ update }) => update.update_id)).to.deep.equal([9, 8]);
    const [first, second] = gate.handled;
    expect(first?.seq).to.be.below(second?.seq ?? 0);
  });

  it("hold the later one up until their place is durable", async () => {
    const gate = gated();
    const inbox = await open(gate.handle);
    await inbox.accept([message(1)]);
    await clock.advance(0);
    await inbox.accept([message(3)]);
    let moved = (): void => {};
    const moveBefore = store.moveBefore.bind(store);
    store.moveBefore = async (...ranges) => {
      await new Promise<void>((resolve) => (moved = resolve));
      await moveBefore(...ranges);
    };
    const accepted = inbox.accept([message(2)]);
    await clock.advance(0);
    gate.open();
    await clock.advance(0);
    expect(gate.handled).to.have.length(1);
    moved();
    await accepted;
    await inbox.idle();
    expect(gate.handled.map(({ update }) => update.update_id)).to.deep.equal([1, 2, 3]);
  });

  it("keep their place after a restart, and never share a seq", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([2, 3, 4, 5, 6, 7], { minLength: 6 }),
        fc.nat({ max: 5 }),
        async (order, restartAfter) => {
          store = new MemoryUpdateStore();
          const before = gated();
          let inbox = await open(before.handle);
          await inbox.accept([message(1)]);
          await clock.advance(0);
          const after = gated();
          for (const [index, updateId] of order.entries()) {
            if (index === restartAfter) {
              store = store.copy();
              inbox = await open(after.handle);
            }
            await inbox.accept([message(updateId)]);
          }
          before.open();
          after.open();
          await inbox.idle();
          const seqs = after.handled.map(({ seq }) => seq);
          expect(new Set(seqs).size).to.equal(seqs.length);
          expect(seqs).to.deep.equal(seqs.toSorted((a, b) => a - b));
          expect(after.handled.map(({ update }) => update.update_id).toSorted((a, b) => a - b)).to.deep.equal(
            [1, 2, 3, 4, 5, 6, 7],
          );
        },
      ),
      { numRuns: share(60) },
    );
  });
});
