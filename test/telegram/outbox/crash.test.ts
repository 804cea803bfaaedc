import { expect } from "chai";
import * as fc from "fast-check";
import { silentLogger } from "../../../lib/core/index.ts";
import type { OutboxRecord } from "../../../lib/store/index.ts";
import { type NewSend, Outbox } from "../../../lib/telegram/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeTelegram, type Fate } from "../../support/fake-telegram.ts";
import { MemoryOutboxStore } from "../../support/memory-stores/outbox-store.ts";
import { pseudonym } from "../../support/pseudonym.ts";
import { share } from "../../support/thorough.ts";

const LONG_ENOUGH_MS = 60 * 60_000;

function open(telegram: Pick<FakeTelegram, "call">, store: MemoryOutboxStore, clock: FakeClock): Outbox {
  return new Outbox({
    api: telegram,
    store,
    botId: 1,
    pseudonym,
    clock,
    logger: silentLogger,
    random: () => 0.5,
    onBlocked() {},
  });
}

/** The send `seq` of a chat; its text is its number, so that order and copies can be read off. */
function send(chatId: number, seq: number): NewSend {
  return {
    seq,
    step: 1,
    chatKey: `chat:${chatId}`,
    chatId,
    method: "sendMessage",
    params: { chat_id: chatId, text: String(seq) },
  };
}

const withoutCopies = (texts: readonly string[]): string[] => [...new Set(texts)];

describe("outbox, killed at any point", () => {
  const sends = [send(7, 1), send(7, 2), send(8, 3), send(7, 4)];

  /** Every state a kill could leave: what is stored and what people received, after each step of a run. */
  async function everyMoment(): Promise<{ stored: OutboxRecord[]; shown: [number, string][] }[]> {
    const clock = new FakeClock();
    const telegram = new FakeTelegram(clock.now);
    const store = new MemoryOutboxStore();
    const moments: { stored: OutboxRecord[]; shown: [number, string][] }[] = [];
    const remember = (): void => {
      const shown = [7, 8].flatMap((chat) =>
        telegram.texts(chat).map((text): [number, string] => [chat, text]),
      );
      moments.push({ stored: store.snapshot(), shown });
    };
    telegram.decide = ({ params }) => (params.text === "2" ? { appliedButFails: { kind: "unknown" } } : "ok");
    telegram.onCall = remember;
    telegram.onApplied = remember;
    store.onWrite = remember;
    remember();
    const outbox = open(telegram, store, clock);
    await outbox.record(sends.slice(0, 3));
    telegram.decide = () => "ok";
    await outbox.record(sends.slice(3));
    await clock.advance(LONG_ENOUGH_MS);
    expect(telegram.texts(7)).to.deep.equal(["1", "2", "4"]);
    return moments;
  }

  it("loses nothing, keeps the order, and repeats only sends in flight", async () => {
    const moments = await everyMoment();
    expect(moments.length).to.be.above(12);
    for (const { stored, shown } of moments) {
      const clock = new FakeClock();
      const telegram = new FakeTelegram(clock.now);
      for (const [chatId, text] of shown) await telegram.call("sendMessage", { chat_id: chatId, text });
      const store = new MemoryOutboxStore(stored);
      const outbox = open(telegram, store, clock);
      await outbox.recover();
      await outbox.record(sends); // the updates they answer were not settled, so they are handled again
      await clock.advance(LONG_ENOUGH_MS);
      expect(withoutCopies(telegram.texts(7))).to.deep.equal(["1", "2", "4"]);
      expect(withoutCopies(telegram.texts(8))).to.deep.equal(["3"]);
      const mayRepeat = stored.filter(({ state }) => state === "sending" || state === "unknown");
      const copies = telegram.texts(7).length + telegram.texts(8).length - sends.length;
      expect(copies).to.be.at.most(mayRepeat.length);
      expect([...store.records.values()].every(({ state }) => state === "sent")).to.equal(true);
    }
  });
});

describe("outbox, under random faults", () => {
  const fate: fc.Arbitrary<Fate> = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>("ok") },
    { weight: 1, arbitrary: fc.constant<Fate>({ fails: { kind: "unknown" } }) },
    { weight: 1, arbitrary: fc.constant<Fate>({ appliedButFails: { kind: "unknown" } }) },
    { weight: 1, arbitrary: fc.constant<Fate>({ fails: { kind: "not-sent" } }) },
    { weight: 1, arbitrary: fc.constant<Fate>({ fails: { kind: "too-many-requests", retryAfterMs: 3000 } }) },
  );
  const scenario = fc.record({
    chats: fc.array(fc.constantFrom(-3, -2, 5, 6, 7), { minLength: 1, maxLength: 25 }),
    fates: fc.array(fate, { maxLength: 40 }),
    /** After how many calls each process is killed. */
    kills: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
    outages: fc.array(fc.boolean(), { maxLength: 30 }),
  });

  it("delivers everything in each chat's order, with no more copies than unclear outcomes", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ chats, fates, kills, outages }) => {
        const sends = chats.map((chatId, index) => send(chatId, index + 1));
        const { telegram, unclear } = await survive(sends, [...fates], [...kills], [...outages]);
        for (const chatId of new Set(chats)) {
          const expected = sends.filter((one) => one.chatId === chatId).map(({ seq }) => String(seq));
          const texts = telegram.texts(chatId);
          expect(withoutCopies(texts)).to.deep.equal(expected);
          expect(texts).to.deep.equal(texts.toSorted((a, b) => Number(a) - Number(b)));
          for (const text of expected) {
            const copies = texts.filter((other) => other === text).length - 1;
            expect(copies).to.be.at.most(unclear.get(text) ?? 0);
          }
        }
      }),
      { numRuns: share(60) },
    );
  });
});

/** Sends everything through one process after another; counts how often the state of each send was unclear. */
async function survive(sends: NewSend[], fates: Fate[], kills: number[], outages: boolean[]) {
  const clock = new FakeClock();
  const telegram = new FakeTelegram(clock.now);
  const unclear = new Map<string, number>();
  const countUnclear = (text: string): void => void unclear.set(text, (unclear.get(text) ?? 0) + 1);
  let store = new MemoryOutboxStore();
  let callsToKill = Number.POSITIVE_INFINITY;
  let left: OutboxRecord[] | undefined;

  telegram.decide = ({ params }) => {
    const fate = fates.shift() ?? "ok";
    store.away = outages.shift() ?? false;
    callsToKill -= 1;
    if (callsToKill === 0) left = store.snapshot();
    const isUnclear =
      typeof fate === "object" && ("appliedButFails" in fate || fate.fails.kind === "unknown");
    if (isUnclear) countUnclear(String(params.text));
    return fate;
  };

  for (;;) {
    left = undefined;
    callsToKill = kills.shift() ?? Number.POSITIVE_INFINITY;
    let killed = false;
    /** A killed process makes no more calls, though those it made may still take effect. */
    const call: FakeTelegram["call"] = (...args) =>
      killed || left ? new Promise(() => {}) : telegram.call(...args);
    const outbox = open({ call }, store, clock);
    await outbox.recover();
    await outbox.record(sends);
    for (let step = 0; step < 60 && !left; step += 1) {
      await clock.advance(5_000);
      store.away = false;
    }
    if (!left) return { telegram, unclear };
    killed = true;
    const died: OutboxRecord[] = left;
    for (const { state, seq } of died) {
      if (state === "sending" || state === "unknown") countUnclear(String(seq));
    }
    store = new MemoryOutboxStore(died);
  }
}
