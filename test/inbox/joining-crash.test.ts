import { expect } from "chai";
import { silentLogger } from "../../lib/core/index.ts";
import { Inbox, type InboxTurn, type InboxUpdate } from "../../lib/inbox/index.ts";
import type { UpdateStore } from "../../lib/store/index.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryUpdateStore } from "../support/memory-stores/update-store.ts";
import { pseudonym } from "../support/pseudonym.ts";

const QUIET_MS = 1_000;
const UPDATES = 12;
/** One fewer than an update has attempts. */
const KILLS = 4;

/** Reproducible random numbers (Park and Miller's generator). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** A store that answers `callsLeft` more calls before the process dies. */
function dying(store: MemoryUpdateStore, callsLeft: number): UpdateStore {
  let left = callsLeft;
  return new Proxy(store, {
    get(target, name: keyof UpdateStore) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => {
        left -= 1;
        return left < 0 ? new Promise(() => {}) : method.apply(target, args);
      };
    },
  });
}

describe("Updates that are handled as one, by processes that are killed", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    it(`are answered once each, in order (draw ${seed})`, async () => {
      const draw = seeded(seed * 7_919);
      const store = new MemoryUpdateStore();
      const updates = drawUpdates(draw);
      /** What was answered, by the first of each turn: the first answer stands, as in the outbox. */
      const answers = new Map<number, number[]>();
      let now = Date.UTC(2026, 0, 1);
      let given = 0;
      for (let life = 0; life < 10 && !isOver(store); life += 1) {
        const clock = new FakeClock(now);
        const inbox = new Inbox<InboxUpdate>({
          botId: 7,
          pseudonym,
          maxConcurrentChats: 2,
          store: dying(store, life < KILLS ? 3 + draw(14) : 10_000),
          clock,
          logger: silentLogger,
          random: () => 0.5,
          handle: async (current, turn) => {
            await answer(current, turn, answers);
            await clock.sleep(draw(2) * 2_500); // the model is slow
          },
          parse: (update) => update,
          arrived: () => {},
          giveUp: async () => {},
          isOutage: () => false,
        });
        void inbox.start();
        await clock.advance(0);
        // Telegram sends unconfirmed updates again.
        for (let hung = false; given < updates.length && !hung; ) {
          const update = updates[given];
          let accepted = false;
          if (update) void inbox.accept([update]).then(() => (accepted = true));
          await clock.advance(draw(3) * 600);
          if (accepted) given += 1;
          hung = !accepted;
        }
        await clock.advance(life < KILLS ? draw(1_500) : 60_000);
        now = clock.now();
      }
      const ids = updates.map(({ update_id }) => update_id);
      expect(store.states()).to.deep.equal(ids.map(() => "done"));
      const turns = [...answers].toSorted(([a], [b]) => a - b).map(([, joined]) => joined);
      expect(turns.flat()).to.deep.equal(ids);
    });
  }
});

async function answer(
  { update }: InboxUpdate,
  turn: InboxTurn,
  answers: Map<number, number[]>,
): Promise<void> {
  const album = update.message?.media_group_id;
  const others =
    album === undefined ? [] : await turn.join(({ message }) => message?.media_group_id === album, QUIET_MS);
  if (answers.has(update.update_id)) return;
  answers.set(
    update.update_id,
    [update, ...others.map((other) => other.update)].map(({ update_id }) => update_id),
  );
}

/** Albums of any length, and messages of their own between. */
function drawUpdates(draw: (below: number) => number): Update[] {
  let album = 0;
  return Array.from({ length: UPDATES }, (_, index): Update => {
    if (draw(4) === 0) album += 1;
    const chat = { id: 100, type: "private" as const, first_name: "P" };
    const message = { message_id: index + 1, date: 0, chat, text: "part" };
    const isAlone = draw(5) === 0;
    return {
      update_id: index + 1,
      message: { ...message, ...(isAlone ? {} : { media_group_id: `${album}` }) },
    };
  });
}

function isOver(store: MemoryUpdateStore): boolean {
  const states = store.states();
  return states.length === UPDATES && states.every((state) => state === "done" || state === "dead");
}
