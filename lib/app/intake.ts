import type { Config } from "../config/index.ts";
import { createBatcher } from "../core/index.ts";
import { Poller, type PollerOptions, type TelegramApi, type Update, Webhook } from "../telegram/index.ts";

/** How updates come in: by polling Telegram, or by its calls to a webhook. */
export interface Intake {
  start(): void;
  stop(): Promise<void>;
  /** When Telegram last answered, in monotonic milliseconds. */
  lastAnsweredAt(): number | undefined;
  /** Why updates do not come, as far as Telegram says; null when all is well. */
  problem(): string | null;
}

export function openIntake(
  webhook: Config["telegram"]["webhook"],
  options: PollerOptions & { api: TelegramApi },
): Intake {
  if (webhook) {
    const registration = new Webhook({ ...options, ...webhook });
    return {
      start: () => registration.start(),
      stop: () => registration.stop(),
      lastAnsweredAt: () => registration.lastAnsweredAt,
      problem: () => registration.problem,
    };
  }
  const poller = new Poller(options);
  return {
    start: () => poller.start(),
    stop: () => poller.stop(),
    lastAnsweredAt: () => poller.lastPolledAt,
    problem: () => null,
  };
}

/** The most updates stored at once; as many as a poll may bring. */
const MAX_BATCH = 100;

/** Accepts updates that come one by one: those that come while others are being stored share the next write. */
export function acceptOneByOne(
  accept: (updates: Update[]) => Promise<void>,
): (update: Update) => Promise<void> {
  return createBatcher<Update, void>(
    async (updates) => {
      await accept(updates);
      return updates.map(() => undefined);
    },
    { maxSize: MAX_BATCH },
  );
}
