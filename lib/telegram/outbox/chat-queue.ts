import { AsyncResource } from "node:async_hooks";
import { errorCode, errorMessage, type Logger } from "../../core/index.ts";
import type { OutboxRecord } from "../../store/index.ts";
import type { Delivery, DeliveryEnd } from "./delivery.ts";
import { isSettled } from "./sends.ts";

/** One send of a chat, from the moment it is asked for until its outcome is definite. */
export interface Entry {
  id: string;
  chatKey: string;
  /** The record as it is stored; rejects when it could not be. */
  stored: Promise<OutboxRecord>;
  /** Those who wait for the definite outcome. */
  waiters: { resolve(record: OutboxRecord): void; reject(error: unknown): void }[];
  /** Where the send was asked for, so that a trace counts its own sends only. */
  context: AsyncResource;
}

export function createEntry(id: string, chatKey: string, stored: Promise<OutboxRecord>): Entry {
  return { id, chatKey, stored, waiters: [], context: new AsyncResource("OutboxSend") };
}

export interface LaneOptions {
  delivery: Delivery;
  logger: Logger;
  stopping: AbortSignal;
  /** The chat is closed to us; its waiting sends have failed. */
  onBlocked(chatId: number): void;
  /** An entry has left its lane with a definite outcome, or because it was never stored. */
  onDone(entry: Entry): void;
}

/**
 * Delivers the entries of one chat strictly one after another, until none is left or the outbox stops.
 * `queue` may grow while it runs; its first entry is the one in hand.
 */
export async function runLane(queue: Entry[], options: LaneOptions): Promise<void> {
  const { delivery, logger, stopping, onBlocked, onDone } = options;

  /** Brings the first entry to its end; null when it was never stored. */
  async function finish(entry: Entry): Promise<{ record: OutboxRecord; end: DeliveryEnd } | null> {
    const record = await entry.stored.catch(() => null);
    if (!record) return null;
    if (isSettled(record)) return { record, end: "settled" };
    const end = await entry.context.runInAsyncScope(() => delivery.deliver(record, () => queue.length > 1));
    return { record, end };
  }

  function leave(record: OutboxRecord | null): void {
    const entry = queue.shift();
    if (!entry) return;
    if (record) for (const { resolve } of entry.waiters) resolve(record);
    onDone(entry);
  }

  /** Fails what waits behind a send that found the chat closed. */
  async function failWaiting(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      const record = (await queue[0]?.stored.catch(() => null)) ?? null;
      if (record && !isSettled(record)) await delivery.settleFailed(record, "CHAT_BLOCKED");
      leave(record);
    }
  }

  for (let entry = queue[0]; entry && !stopping.aborted; entry = queue[0]) {
    const finished = await finish(entry);
    if (finished?.end === "left") return;
    const waiting = queue.length - 1;
    leave(finished?.record ?? null);
    if (finished?.end !== "blocked") continue;
    await failWaiting(waiting);
    try {
      onBlocked(finished.record.chatId);
    } catch (error) {
      logger.error("Noting a blocked chat failed", { code: errorCode(error), error: errorMessage(error) });
    }
  }
}
