import type { TextKey } from "../../content/index.ts";
import { type Clock, endsWithin, errorMessage, type Logger } from "../../core/index.ts";
import type { BroadcastContent, BroadcastRecord, BroadcastStore, PeopleStore } from "../../store/index.ts";
import type { NewSend } from "../../telegram/index.ts";
import type { ConversationContent } from "../ports.ts";

export interface BroadcastRunnerDeps {
  content: ConversationContent;
  broadcasts: BroadcastStore;
  people: PeopleStore;
  outbox: {
    record(sends: readonly NewSend[]): Promise<void>;
    /** Resolves with the definite outcome of a send. */
    settled(id: string): Promise<{ state: string }>;
  };
  /** Allocates the next sequence number. */
  nextSeq(): Promise<number>;
  clock: Clock;
  logger: Logger;
}

/** Sends broadcasts in the background, one after another. */
export interface BroadcastRunner {
  /** Resumes unfinished broadcasts of the previous run. */
  start(): void;
  /** Call after a broadcast was confirmed. */
  wake(): void;
  stop(): Promise<void>;
}

/** Telegram's FAQ allows 30 bulk messages per second; the rest is left for conversations. */
const BATCH_SIZE = 25;
const BATCH_MS = 1_000;
/** A send that takes longer, for instance after a 429, does not hold up the next batch. */
const BATCH_TIMEOUT_MS = 30_000;
const PROGRESS_MS = 10_000;
const RETRY_MS = 10_000;

export function createBroadcastRunner(deps: BroadcastRunnerDeps): BroadcastRunner {
  const { content, broadcasts, people, outbox, nextSeq, clock, logger } = deps;
  const stopping = new AbortController();
  let working: Promise<void> | undefined;
  let isWoken = false;

  /** Returns how many of the sends failed. */
  async function sendBatch(broadcast: BroadcastRecord, personIds: readonly number[]): Promise<number> {
    const sends = personIds.map((personId) => sendTo(broadcast, personId));
    await outbox.record(sends);
    let failed = 0;
    const outcomes = sends.map(async ({ seq, step }) => {
      const { state } = await outbox.settled(`${seq}:${step}`);
      if (state === "failed") failed += 1;
    });
    await endsWithin(Promise.all(outcomes), BATCH_TIMEOUT_MS, clock);
    return failed;
  }

  async function say(
    { chatId, chatKey, language, progressMessageId, _id }: BroadcastRecord,
    seq: number,
    key: TextKey,
    values: Record<string, number>,
  ): Promise<void> {
    const stop = { text: content.translate(language, "broadcast.stop"), callback_data: `cast:${_id}:stop` };
    const params = {
      chat_id: chatId,
      message_id: progressMessageId,
      text: content.translate(language, key, values),
      ...(key === "broadcast.progress" ? { reply_markup: { inline_keyboard: [[stop]] } } : {}),
    };
    await outbox.record([{ seq, step: 1, chatKey, chatId, method: "editMessageText", params }]);
  }

  /** Continues after the last person it was sent to. */
  async function run(started: BroadcastRecord): Promise<void> {
    let toldAt = clock.monotonic();
    for (let broadcast: BroadcastRecord | null = started; broadcast?.state === "sending"; ) {
      const beganAt = clock.monotonic();
      const { _id, cursor, sent, failed, total } = broadcast;
      const personIds = await people.audience(cursor, BATCH_SIZE);
      const last = personIds.at(-1);
      if (last === undefined) {
        await broadcasts.end(_id, "ended", await nextSeq());
        return;
      }
      const failures = await sendBatch(broadcast, personIds);
      const step = { cursor: last, sent: personIds.length - failures, failed: failures };
      await broadcasts.advance(_id, cursor, step);
      if (clock.monotonic() - toldAt >= PROGRESS_MS) {
        toldAt = clock.monotonic();
        const done = sent + failed + personIds.length;
        await say(broadcast, await nextSeq(), "broadcast.progress", { done, total: Math.max(done, total) });
      }
      await clock.sleep(Math.max(0, beganAt + BATCH_MS - clock.monotonic()), stopping.signal);
      broadcast = await broadcasts.find(_id);
    }
  }

  async function finish(id: number): Promise<void> {
    const broadcast = await broadcasts.find(id);
    if (broadcast?.isEndTold !== false || broadcast.endSeq === undefined) return;
    const { sent, failed, state } = broadcast;
    if (state === "ended") await say(broadcast, broadcast.endSeq, "broadcast.done", { sent, failed });
    await broadcasts.endTold(id, new Date(clock.now()));
  }

  async function runAll(): Promise<void> {
    do {
      isWoken = false;
      for (const broadcast of await broadcasts.unfinished()) {
        await run(broadcast);
        await finish(broadcast._id);
      }
    } while (isWoken);
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        return await runAll();
      } catch (error) {
        if (stopping.signal.aborted) return; // resumed at the next start
        logger.warn("A broadcast failed; it is retried", { error: errorMessage(error) });
        await clock.sleep(RETRY_MS, stopping.signal).catch(() => {});
      }
    }
  }

  function wake(): void {
    isWoken = true;
    working ??= work().finally(() => {
      working = undefined;
    });
  }

  return {
    start: wake,
    wake,
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

/** Each person is one step of the broadcast's own seq, so that a retry sends nothing twice. */
function sendTo({ content: what, sendSeq = 0 }: BroadcastRecord, personId: number): NewSend {
  const address = { seq: sendSeq, step: personId, chatKey: `chat:${personId}`, chatId: personId };
  return { ...address, ...callFor(what, personId) };
}

function callFor(what: BroadcastContent, chatId: number): Pick<NewSend, "method" | "params"> {
  if (what.kind === "copy") {
    const params = { chat_id: chatId, from_chat_id: what.chatId, message_id: what.messageId };
    return { method: "copyMessage", params };
  }
  const { text, entities } = what;
  return {
    method: "sendMessage",
    params: { chat_id: chatId, text, ...(entities.length > 0 ? { entities } : {}) },
  };
}
