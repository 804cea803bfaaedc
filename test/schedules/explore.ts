import * as fc from "fast-check";
import type { Update } from "../../lib/telegram/index.ts";
import { startBot } from "./bot.ts";
import { Memory } from "./memory.ts";
import { Life, Orders } from "./orders.ts";
import type { Parts } from "./parts.ts";
import { OrderedTelegram } from "./telegram.ts";

/** What people do, and what happens to the process meanwhile. */
interface Plan {
  batches: { chat: number; person: number; text: string }[][];
  /** The process dies after this many calls. */
  killAfter: number | null;
  wallClockMs: number;
  /** How often time passes although calls wait, in percent: a slow database lets many timers end first. */
  slowness: number;
  chances: fc.Stream<number>;
}

/** Two groups, in which answers are streamed as edits, and two private chats, in which they are streamed as drafts. */
const CHATS = [-5, -6, 100, 200];
const HOUR_MS = 3_600_000;

/** A question that comes with a picture. */
const WITH_A_FILE = "picture";

const act = fc.record({
  chat: fc.nat(CHATS.length - 1),
  person: fc.constantFrom(100, 200),
  text: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("tea", "rain") },
    { weight: 2, arbitrary: fc.constant(WITH_A_FILE) },
    { weight: 2, arbitrary: fc.constant("/cancel") },
    { weight: 1, arbitrary: fc.constant("/forget") },
  ),
});

const plans: fc.Arbitrary<Plan> = fc.record({
  batches: fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  killAfter: fc.option(fc.integer({ min: 1, max: 60 })),
  wallClockMs: fc.constantFrom(0, -HOUR_MS, 24 * HOUR_MS),
  slowness: fc.constantFrom(5, 50),
  chances: fc.infiniteStream(fc.nat(99)),
});

/** Runs a plan in one order, and returns which promises were broken. */
async function runOnce(parts: Parts, scheduler: fc.Scheduler, plan: Plan): Promise<string[]> {
  const wrong: string[] = [];
  const broken = (what: string): void => void wrong.push(what);
  const orders = new Orders(scheduler, () => Number(plan.chances.next().value) < plan.slowness);
  const outside = {
    orders,
    telegram: new OrderedTelegram(orders, parts, broken),
    memory: new Memory(),
    broken,
  };
  const batches = updatesOf(plan);
  const updates = batches.flat();
  const isAtRest = (): boolean => scheduler.count() === 0 && outside.memory.isAtRest(updates.length);
  let life = new Life(orders, plan.killAfter ?? undefined);
  startBot(parts, outside, life, batches);
  let isOver = await orders.run(() => life.isDead || isAtRest());
  const deaths = Number(life.isDead);
  if (life.isDead) {
    orders.wallClockMs = plan.wallClockMs;
    life = new Life(orders);
    startBot(parts, outside, life, batches);
    isOver = await orders.run(isAtRest);
  }
  life.isDead = true;
  if (!isOver) wrong.push("somebody waits for ever");
  else wrong.push(...brokenPromises(outside, updates, deaths));
  return wrong;
}

function updatesOf({ batches }: Plan): Update[][] {
  let number = 0;
  return batches.map((batch) =>
    batch.map(({ chat, person, text }) => {
      number += 1;
      // In groups the bot erases nothing, so a question of a private chat is settled before its person is erased.
      const chatId = text === "/forget" ? person : (CHATS[chat] ?? 0);
      const from = { id: chatId > 0 ? chatId : person, is_bot: false, first_name: "P" };
      const place =
        chatId > 0
          ? { id: chatId, type: "private" as const, first_name: "P" }
          : { id: chatId, type: "supergroup" as const, title: "Class" };
      const photo = [{ file_id: "p", file_unique_id: "p", width: 1, height: 1 }];
      const content = text === WITH_A_FILE ? { photo, caption: text } : { text };
      return { update_id: number, message: { message_id: number, date: 0, chat: place, from, ...content } };
    }),
  );
}

function brokenPromises(
  { telegram, memory }: { telegram: OrderedTelegram; memory: Memory },
  updates: readonly Update[],
  deaths: number,
): string[] {
  const wrong = memory.remains().map((id) => `${id} is left of an erased person`);
  if (memory.updates.states().some((state) => state !== "done")) wrong.push("an update is dead");
  for (const chatId of CHATS) {
    const texts = telegram.texts(chatId);
    const copies = deaths + (telegram.unclear.get(chatId) ?? 0);
    let last = -1;
    for (const { update_id: number, message } of updates) {
      if (message?.chat.id !== chatId) continue;
      const own = texts.filter((text) => text.startsWith(`#${number} `));
      const wanted = wantedTexts(number, message, updates);
      const place = texts.findIndex((text) => wanted.includes(text));
      const name = `${wordsOf(message)} (#${number})`;
      if (place < 0 && !mayBeSilent(number, message, updates)) wrong.push(`${name} has no reply`);
      if (own.length > 1 + copies) wrong.push(`${name} has ${own.length} replies`);
      if (own.filter((text) => !wanted.includes(text)).length > copies)
        wrong.push(`${name} shows ${own.join(", ")}`);
      if (place >= 0 && place < last) wrong.push(`${name} is answered before its turn`);
      last = Math.max(last, place);
    }
  }
  return wrong;
}

type Message = NonNullable<Update["message"]>;

function wordsOf({ text, caption = "" }: Message): string {
  return text ?? caption;
}

/** The texts an update may end with. */
function wantedTexts(number: number, message: Message, updates: readonly Update[]): string[] {
  if (message.text === "/forget") return [`#${number} forgotten`];
  if (message.text === "/cancel") return [`#${number} nothing`];
  const answer = `#${number} About ${wordsOf(message)}. That is all.`;
  const mayBeCancelled = updates.some(
    (later) =>
      later.update_id > number && later.message?.text === "/cancel" && isSame(later.message, message),
  );
  return mayBeCancelled ? [answer, `#${number} cancelled`] : [answer];
}

/** Whether an update may have no reply: it cancelled a question, which says so, or its person was erased since. */
function mayBeSilent(number: number, message: Message, updates: readonly Update[]): boolean {
  const isErased = updates.some(
    (later) =>
      later.update_id > number &&
      later.message?.text === "/forget" &&
      later.message.from?.id === message.from?.id,
  );
  const hasQuestion = updates.some(
    (earlier) =>
      earlier.update_id < number &&
      earlier.message &&
      isSame(earlier.message, message) &&
      !wordsOf(earlier.message).startsWith("/"),
  );
  return (isErased && message.text !== "/forget") || (message.text === "/cancel" && hasQuestion);
}

function isSame(a: Message, b: Message): boolean {
  return a.chat.id === b.chat.id && a.from?.id === b.from?.id;
}

export interface Exploration {
  schedules: number;
  seed?: number;
  /** Of a schedule that failed: replays it alone. */
  path?: string;
}

/** Explores schedules. @returns null, or how the first one that breaks a promise is replayed, and which promise */
export async function explore(parts: Parts, { schedules, seed, path }: Exploration): Promise<string | null> {
  const property = fc.asyncProperty(fc.scheduler(), plans, async (scheduler, plan) => {
    const wrong = await runOnce(parts, scheduler, plan);
    if (wrong.length > 0)
      throw new Error(`${wrong.join("\n")}\n${JSON.stringify(plan.batches)} ${plan.killAfter}`);
  });
  const {
    failed,
    counterexamplePath,
    seed: usedSeed,
    errorInstance,
  } = await fc.check(property, {
    numRuns: path === undefined ? schedules : 1,
    endOnFailure: true,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  });
  if (!failed) return null;
  const replay = `SCHEDULE_SEED=${usedSeed} SCHEDULE_PATH=${counterexamplePath} npm run test:schedules`;
  return `${replay}\n${errorInstance instanceof Error ? errorInstance.message : String(errorInstance)}`;
}
