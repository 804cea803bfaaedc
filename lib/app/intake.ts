import type { Cluster, Job } from "../cluster/index.ts";
import type { Config } from "../config/index.ts";
import { createBatcher } from "../core/index.ts";
import { Poller, type PollerOptions, type TelegramApi, type Update, Webhook } from "../telegram/index.ts";

/** How updates come in: by polling Telegram, or by its calls to a webhook. */
export interface Intake {
  start(): void;
  stop(): Promise<void>;
  /** When Telegram last answered, or with several instances the one that polls was last seen alive; monotonic ms. */
  lastAnsweredAt(): number | undefined;
  /** Why updates do not come, as far as Telegram says; null when all is well. */
  problem(): string | null;
}

export interface IntakeOptions extends PollerOptions {
  api: TelegramApi;
  /** The other instances, one of which polls. */
  instances?: Pick<Cluster, "runAlone" | "aliveAt"> | undefined;
}

export function openIntake(webhook: Config["telegram"]["webhook"], options: IntakeOptions): Intake {
  if (webhook) {
    const registration = new Webhook({ ...options, ...webhook });
    return {
      start: () => registration.start(),
      stop: () => registration.stop(),
      lastAnsweredAt: () => registration.lastAnsweredAt,
      problem: () => registration.problem,
    };
  }
  return options.instances ? openPollingInTurns(options.instances, options) : openPolling(options);
}

function openPolling(options: PollerOptions): Intake {
  const poller = new Poller(options);
  return {
    start: () => poller.start(),
    stop: () => poller.stop(),
    lastAnsweredAt: () => poller.lastPolledAt,
    problem: () => null,
  };
}

/** One instance polls, and another one when that has ended; the others are ready as long as there is one. */
function openPollingInTurns(
  { runAlone, aliveAt }: Pick<Cluster, "runAlone" | "aliveAt">,
  options: PollerOptions,
): Intake {
  let poller: Poller | undefined;
  /** When this instance began to poll: a quiet first poll stays open for long. */
  let beganAt = Number.NEGATIVE_INFINITY;
  let job: Job | undefined;
  return {
    start() {
      job = runAlone("poller", ({ isHeld }) => {
        const started = new Poller({ ...options, mayPoll: isHeld });
        poller = started;
        beganAt = options.clock.monotonic();
        started.start();
        return {
          async stop(isLost = false) {
            poller = undefined;
            await started.stop({ confirms: !isLost }); // another one may be polling, whose poll that would end
          },
        };
      });
    },
    async stop() {
      await job?.stop();
    },
    lastAnsweredAt: () => (poller ? (poller.lastPolledAt ?? beganAt) : aliveAt("poller")),
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
