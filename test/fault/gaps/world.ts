import type { Db } from "mongodb";
import type { UpdatePath } from "../../../lib/app/pipeline.ts";
import type { Content } from "../../../lib/content/index.ts";
import { chatKeyOf } from "../../../lib/inbox/chat-key.ts";
import type { Message, Update } from "../../../lib/telegram/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { DurableSteps } from "./durable-steps.ts";
import { BOT, type Chat, type Person, privateChat } from "./people.ts";
import { type Surroundings, startProcess } from "./process.ts";
import { GapTelegram } from "./telegram.ts";

/** How a run is disturbed. */
export interface Disturbance {
  /** The process dies right after this durable step. */
  cutAt: number;
  /** The next process dies after this one; the third lives. */
  nextCutAt?: number;
  /** How the system's clock is set meanwhile. */
  wallClockMs: number;
  /** How long nobody is there. */
  awayMs: number;
  /** Updates of different chats that were sent together arrive in the other order. */
  isSwapped: boolean;
}

/** The counter of seqs begins here, so that a seq can be told from other numbers. */
const FIRST_COUNT = 7_000_000;
export const SEQ = /\b11[23]\d{6}\b/g;
const FIRST_UPDATE = 500_001;

const LONG_MS = 30_000;

/** More steps of virtual time than any row takes: then something waits for ever. */
const MAX_STEPS = 5_000;

/** A bot, the people who use it, and what happens to its process. */
export class World {
  readonly telegram = new GapTelegram();
  /** Begins now, since documents also age by the database's own clock. */
  readonly clock = new FakeClock(Date.now());
  readonly db: Db;
  /** The steps of the first process. */
  readonly steps: DurableSteps;
  readonly #surroundings: Surroundings;
  readonly #disturbance: Partial<Disturbance>;
  readonly #commands: { inFlight: number };
  readonly #calls = { inFlight: 0 };
  /** Those of the process that runs. */
  #present: DurableSteps;
  #path: UpdatePath | undefined;
  readonly #delivered: Update[] = [];
  /** Whether files are written, which nothing counts. */
  #hasFiles = false;
  #lastUpdateId = FIRST_UPDATE - 1;

  /** @param commands counts the database's commands in flight */
  constructor(
    db: Db,
    content: Content,
    commands: { inFlight: number },
    disturbance: Partial<Disturbance> = {},
  ) {
    this.db = db;
    this.#disturbance = disturbance;
    this.#commands = commands;
    this.steps = new DurableSteps(disturbance.cutAt);
    this.#present = this.steps;
    const { telegram, clock } = this;
    this.#surroundings = { db, content, telegram, clock, calls: this.#calls };
  }

  async start(): Promise<void> {
    await this.db
      .collection<{ _id: string; value: number }>("counters")
      .insertOne({ _id: "seq", value: FIRST_COUNT });
    this.#path = await startProcess(this.#surroundings, this.steps);
    await this.quiet();
  }

  /** Durable steps count from now on. */
  beginCounting(): void {
    this.steps.begin();
  }

  close(): void {
    this.#present.kill();
  }

  message(person: Person, fields: object, chat: Chat = privateChat(person)): Update {
    const date = Math.floor(this.clock.monotonic() / 1000); // by Telegram's clock, which nobody sets
    if ("photo" in fields) this.#hasFiles = true;
    const message = { message_id: this.telegram.nextMessageId(), date, chat, from: person, ...fields };
    return this.#update({ message });
  }

  edit({ message }: Update, text: string): Update {
    return this.#update({ edited_message: { ...(message as Message), text, edit_date: message?.date } });
  }

  /** A reply to the bot's latest message with this text. */
  reply(person: Person, chat: Chat, says: RegExp, fields: object): Update {
    const found = this.telegram.chats.get(chat.id)?.findLast(({ text }) => says.test(text));
    const from = { id: BOT.id, is_bot: true, first_name: "Helpline" };
    return this.message(person, { ...fields, reply_to_message: { message_id: found?.id, from } }, chat);
  }

  /** A press on the latest button with this label. */
  press(person: Person, label: RegExp, chat: Chat = privateChat(person)): Update {
    for (const { id, buttons } of (this.telegram.chats.get(chat.id) ?? []).toReversed()) {
      const data = buttons.find(({ text }) => label.test(text))?.data;
      if (data === undefined) continue;
      return this.pressData(person, data, chat, id);
    }
    throw new Error(`no button ${label} in chat ${chat.id}`);
  }

  pressData(person: Person, data: string, chat: Chat = privateChat(person), messageId = 1): Update {
    const message = { message_id: messageId, date: 0, chat };
    return this.#update({
      callback_query: { id: `p${this.#lastUpdateId}`, from: person, chat_instance: "1", data, message },
    });
  }

  /** Telegram delivers updates, those of one chat in this order, and the bot does all it has to do about them. */
  async send(...updates: Update[]): Promise<void> {
    this.deliver(...(this.#disturbance.isSwapped ? inOtherOrder(updates) : updates));
    await this.quiet();
  }

  /** Telegram has these updates; those of one chat must be in order. */
  deliver(...updates: Update[]): void {
    this.#delivered.push(...updates);
    this.telegram.deliver(...updates);
  }

  /** Waits until something is so; a process that dies meanwhile is followed by the next. */
  async until(isSo: () => boolean): Promise<void> {
    await this.#follow(async () => isSo());
  }

  async quiet(): Promise<void> {
    await this.#follow(() => this.#isDone());
  }

  async #follow(isOver: () => Promise<boolean>): Promise<void> {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      // Files are read and written without being counted, and an hour must not pass meanwhile.
      if (this.clock.nextInMs > LONG_MS) await new Promise((resolve) => setTimeout(resolve, 20));
      await this.#idle();
      if (this.#present.isDead) await this.#restart();
      else if (await isOver()) return;
      else if (this.clock.nextInMs < Number.POSITIVE_INFINITY) await this.clock.advance(this.clock.nextInMs);
    }
    throw new Error("Something waits for ever");
  }

  /** Lets everything run that needs no time to pass. */
  async #idle(): Promise<void> {
    if (this.#hasFiles) await new Promise((resolve) => setTimeout(resolve, 2));
    for (let turns = 0; turns < 5; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#commands.inFlight + this.#calls.inFlight + this.telegram.inFlight > 0) turns = -1;
    }
  }

  async #isDone(): Promise<boolean> {
    if (this.telegram.pending.length > 0) return false;
    const open = await Promise.all([
      this.db.collection("updates").findOne({ state: { $in: ["received", "processing"] } }),
      this.db.collection("outbox").findOne({ state: { $in: ["pending", "sending", "unknown"] } }),
      this.db.collection("broadcasts").findOne({ $or: [{ state: "sending" }, { isEndTold: false }] }),
      this.db.collection("erasures").findOne({ isFinished: false }),
    ]);
    return open.every((found) => found === null);
  }

  /** The next process, to which Telegram delivers everything once more. */
  async #restart(): Promise<void> {
    const { wallClockMs = 0, awayMs = 0, nextCutAt } = this.#disturbance;
    const isSecond = this.#present === this.steps;
    if (isSecond) {
      this.clock.setWallClock(wallClockMs);
      await this.clock.advance(awayMs);
    }
    this.#present = new DurableSteps(isSecond ? nextCutAt : undefined);
    this.#path = await startProcess(this.#surroundings, this.#present);
    this.#present.begin();
    // Not awaited: the process may die over it.
    for (const update of this.#delivered) void this.#path.accept(update);
  }

  #update(content: object): Update {
    this.#lastUpdateId += 1;
    return { update_id: this.#lastUpdateId, ...content };
  }
}

/** The same updates with the chats in the other order. */
function inOtherOrder(updates: readonly Update[]): Update[] {
  const byChat = new Map<string, Update[]>();
  for (const update of updates) {
    const key = chatKeyOf(update);
    byChat.set(key, [...(byChat.get(key) ?? []), update]);
  }
  return [...byChat.values()].toReversed().flat();
}
