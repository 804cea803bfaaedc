import { Redis } from "ioredis";
import { type Clock, errorMessage, type Logger } from "../core/index.ts";

/** Connections to Redis, for what must not disturb each other. */
export interface RedisConnections {
  /** Fails at once while Redis is away: for what can be done without, or later. */
  commands: Redis;
  /** Waits for Redis: BullMQ's worker, which blocks on it. */
  worker: Redis;
  /** Hears announcements. */
  subscriber: Redis;
  /** Since when Redis does not answer, in monotonic milliseconds; null when it does. */
  awaySince(): number | null;
  /** Calls back each time Redis answers after it did not, and at first. */
  onBack(callback: () => void): void;
  close(): Promise<void>;
}

/** Pauses between attempts to connect, in milliseconds: short, since every chat waits. */
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;
/** A command without an answer for so long has failed, in milliseconds: Redis is frozen. */
const COMMAND_MS = 2_000;
const CONNECT_MS = 2_000;
/** How often it is checked whether Redis answers, in milliseconds. */
const CHECK_MS = 1_000;
/** A reconnection is no outage, in milliseconds. */
const WARN_AFTER_MS = 2_000;

/** Opens the connections; Redis need not be there yet. */
export function connectRedis(
  url: string,
  { prefix, clock, logger }: { prefix: string; clock: Clock; logger: Logger },
): RedisConnections {
  const base = {
    connectTimeout: CONNECT_MS,
    retryStrategy: (times: number) => Math.min(FIRST_RETRY_MS * 2 ** Math.min(times, 10), MAX_RETRY_MS),
    maxRetriesPerRequest: null,
  };
  const commands = new Redis(url, {
    ...base,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_MS,
  });
  const worker = new Redis(url, base);
  const subscriber = new Redis(url, { ...base, autoResubscribe: true });
  for (const connection of [commands, worker, subscriber]) connection.on("error", () => {}); // the check says so
  const listeners: (() => void)[] = [];
  const closing = new AbortController();
  let awaySince: number | null = clock.monotonic();
  let isWarned = false;

  /** Also notices a Redis that is frozen or full, whose connections stay open. */
  async function check(): Promise<void> {
    const askedAt = clock.monotonic();
    try {
      await commands.set(`${prefix}:check`, "1", "PX", CHECK_MS);
      if (isWarned) logger.info("Redis is back");
      isWarned = false;
      const wasAway = awaySince !== null;
      awaySince = null;
      if (wasAway) for (const listener of listeners) listener();
    } catch (error) {
      awaySince ??= askedAt;
      if (isWarned || clock.monotonic() - awaySince < WARN_AFTER_MS) return;
      isWarned = true; // one warning per outage
      logger.warn("Redis does not answer: updates are stored, and taken up when it is back", {
        reason: errorMessage(error),
      });
    }
  }

  const checking = (async () => {
    for (;;) {
      await check();
      await clock.sleep(CHECK_MS, closing.signal);
    }
  })().catch(() => {}); // closed

  return {
    commands,
    worker,
    subscriber,
    awaySince: () => awaySince,
    onBack: (callback) => listeners.push(callback),
    async close() {
      closing.abort();
      await checking;
      for (const connection of [commands, worker, subscriber]) connection.disconnect();
    },
  };
}

/** Whether a key was not set within a time, in milliseconds; sets it. True as well while Redis is away. */
export async function isFirst(
  commands: RedisConnections["commands"],
  key: string,
  withinMs: number,
): Promise<boolean> {
  const reply = await commands.set(key, "1", "PX", withinMs, "NX").catch(() => "OK");
  return reply === "OK";
}
