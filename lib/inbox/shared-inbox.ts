import { Mutex } from "async-mutex";
import type { ChatHome, UpdateRecord } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import { chatKeyOf } from "./chat-key.ts";
import { ChatWork } from "./chat-work.ts";
import { afterDeath } from "./crash-evidence.ts";
import { Mailboxes } from "./mailboxes.ts";
import type { InboxOptions, InboxStats } from "./ports.ts";
import { leftUpdate, toRecord } from "./update-records.ts";

/** A chat whose next update pauses for longer is given up by its home; the chat is woken again when that is over. */
const LONGEST_PAUSE_MS = 5_000;

export interface SharedInboxOptions<Parsed> extends InboxOptions<Parsed> {
  /** Has some instance become the home of chats with new updates, or look at them if it is. Must not throw. */
  wake(chatKeys: readonly string[]): void;
  /** Called when this instance may be able to work on one more chat. */
  onFree(): void;
  /** Whether messages to the chat are still being delivered: it is kept until then. */
  isDelivering(chatKey: string): boolean;
}

/** A chat that this instance is the home of. */
interface OpenChat {
  home: ChatHome;
  /** Updates are read one read after another, in order. */
  reading: Mutex;
  /** Updates that were settled here: one that was read before is not taken up again. */
  settled: Set<string>;
  /** Ends the wait for the chat's end. */
  ended(): void;
}

/**
 * The inbox where there are several instances: stores what arrives, wherever it arrives, and works on the chats that
 * this instance is the home of. Nothing is taken up at a start: what an instance leaves behind is found by waking its
 * chats.
 */
export class SharedInbox<Parsed> {
  readonly #options: SharedInboxOptions<Parsed>;
  readonly #mailboxes: Mailboxes<Parsed>;
  readonly #chats = new Map<string, OpenChat>();
  readonly #work: ChatWork<Parsed>;

  constructor(options: SharedInboxOptions<Parsed>) {
    this.#options = options;
    this.#mailboxes = new Mailboxes<Parsed>(Number.POSITIVE_INFINITY, ({ chatKey, id }) =>
      this.#chats.get(chatKey)?.settled.add(id),
    );
    this.#work = new ChatWork({
      ...options,
      mailboxes: this.#mailboxes,
      admits: () => true,
      onFree: () => {
        for (const chatKey of this.#chats.keys()) this.endIfDone(chatKey);
        options.onFree();
      },
      lookElsewhere: (chatKey) => this.look(chatKey),
    });
  }

  /** Stores a batch; resolves when all of it is durable. An update that is known already is no error. */
  async accept(updates: readonly Update[]): Promise<void> {
    const { botId, store, clock, wake } = this.#options;
    const receivedAt = new Date(clock.now());
    const byId = new Map(updates.map((update) => [`${botId}:${update.update_id}`, update]));
    const stored = await store.add(
      [...byId].map(([id, update]) =>
        toRecord(update, { _id: id, botId, chatKey: chatKeyOf(update), receivedAt, isBegun: false }),
      ),
    );
    wake([...new Set(stored.map(({ chatKey }) => chatKey))]);
  }

  /** How many more chats this instance can work on now. */
  freeSlots(): number {
    return this.#work.dispatch.freeSlots();
  }

  /**
   * Works on a chat until no update is left that can be tried soon and all is delivered, or the home is lost.
   * @throws when its updates cannot be read
   */
  async open(home: ChatHome): Promise<void> {
    const { chatKey } = home;
    await this.#work.dispatch.ended(chatKey); // of an earlier home, which was lost
    await new Promise<void>((resolve, reject) => {
      const drop = (): void => {
        this.#mailboxes.drop(chatKey);
        this.endIfDone(chatKey);
      };
      const ended = (): void => {
        this.#chats.delete(chatKey); // at once: nothing may be taken up any more
        this.#mailboxes.drop(chatKey);
        home.lost.removeEventListener("abort", drop);
        resolve();
      };
      this.#chats.set(chatKey, { home, reading: new Mutex(), settled: new Set(), ended });
      home.lost.addEventListener("abort", drop, { once: true });
      this.look(chatKey).catch((error: unknown) => {
        reject(error);
        ended();
      });
    });
  }

  /** Takes in the new updates of a chat if this instance is its home. */
  async look(chatKey: string): Promise<void> {
    const chat = this.#chats.get(chatKey);
    if (!chat) return;
    await chat.reading.runExclusive(async () => {
      const { store, botId } = this.#options;
      const records = await store.claim(botId, chatKey, chat.home.claim);
      const isNew = ({ _id }: UpdateRecord): boolean => !this.#mailboxes.has(_id) && !chat.settled.has(_id);
      for (const record of await this.#afterDeath(records.filter(isNew), chat.home)) {
        await this.#add(record, chat.home);
      }
    });
    this.endIfDone(chatKey);
  }

  stats(): InboxStats {
    const oldestMs = Math.max(0, this.#options.clock.monotonic() - this.#mailboxes.oldestAt());
    return { waiting: this.#mailboxes.size, oldestMs };
  }

  /** Begins nothing more, waits `graceMs` for what is in progress, then leaves the rest to other instances. */
  async stop(graceMs: number): Promise<void> {
    await this.#work.stop(graceMs, { idle: () => this.#work.dispatch.idle() });
    for (const chatKey of this.#chats.keys()) {
      this.#mailboxes.drop(chatKey);
      this.endIfDone(chatKey);
    }
  }

  async #add(record: UpdateRecord, home: ChatHome): Promise<void> {
    const update = JSON.parse(record.payload ?? "{}") as Update;
    const placing = this.#work.lateUpdates.place(record, update.update_id, home);
    const release = placing ? await placing : undefined;
    if (!home.lost.aborted) {
      this.#work.add({ ...leftUpdate(record, this.#options, update), home });
      void this.#work.wakeWhenReady(record.chatKey);
    }
    release?.();
  }

  /** Notes on updates that were in progress when their last home was lost that they may be the cause. */
  async #afterDeath(records: readonly UpdateRecord[], { claim }: ChatHome): Promise<UpdateRecord[]> {
    const { store, botId, clock } = this.#options;
    const begun = records.filter(({ state }) => state === "processing");
    const [first] = begun;
    if (!first) return [...records];
    const { owner } = first;
    const company = owner === undefined ? 0 : await store.inProgressOf(botId, owner);
    const wasAlone = begun.length === 1 && company === 1;
    const after = records.map((record) => afterDeath(record, { wasAlone, at: new Date(clock.now()) }));
    await Promise.all(
      after.map(async ({ _id, attempts, notBefore, evidence }, index) => {
        if (records[index]?.state !== "processing") return;
        const change = { state: "received" as const, attempts, ...(notBefore ? { notBefore } : {}) };
        await store.change(_id, { ...change, ...(evidence ? { evidence } : {}) }, claim);
      }),
    );
    return after;
  }

  /** Ends the work on a chat if nothing is left to do. */
  endIfDone(chatKey: string): void {
    const chat = this.#chats.get(chatKey);
    if (!chat || chat.reading.isLocked() || this.#work.dispatch.isRunning(chatKey)) return;
    const next = this.#mailboxes.head(chatKey);
    const pauseMs = next ? next.notBefore - this.#options.clock.monotonic() : Number.POSITIVE_INFINITY;
    const isDone = pauseMs > LONGEST_PAUSE_MS || this.#work.stopping.aborted;
    if (chat.home.lost.aborted || (isDone && !this.#options.isDelivering(chatKey))) chat.ended();
  }
}
