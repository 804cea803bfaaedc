import { type Job, Queue, Worker, type WorkerOptions } from "bullmq";
import type { Redis } from "ioredis";
import type { Clock, Logger } from "../core/index.ts";

/** How long an instance has a chat to itself without renewing that, in milliseconds. */
export const LOCK_MS = 6_000;
/** How often each instance looks for chats whose instance has died, in milliseconds; it takes two looks to be sure. */
const STALLED_MS = 2_000;

/** How long an idle instance waits for a chat at once, in seconds; a stop waits for that. */
const WAIT_S = 2;

/** A chat to work on, whose lock this instance holds. */
export interface WakeUp {
  chatKey: string;
  /** When the lock was asked for, in monotonic milliseconds. */
  askedAt: number;
  /** What renews and ends the lock. */
  job: Job<ChatJob>;
  token: string;
}

interface ChatJob {
  chatKey: string;
}

export interface WakeUpsOptions {
  /** Distinguishes bots and databases on the same Redis. */
  prefix: string;
  commands: Redis;
  worker: Redis;
  clock: Clock;
  logger: Logger;
}

const QUEUE = "chats";

/** BullMQ's worker, which notes when it asked for the lock of the job it returns. */
class TimedWorker extends Worker<ChatJob> {
  askedAt = 0;
  readonly #clock: Clock;

  constructor(options: WorkerOptions, clock: Clock) {
    super(QUEUE, null, options);
    this.#clock = clock;
  }

  protected override moveToActive(token: string, name?: string): Promise<Job<ChatJob>> {
    this.askedAt = this.#clock.monotonic();
    return super.moveToActive(token, name);
  }
}

/**
 * Wake-ups of chats on BullMQ: one job a chat, which one instance holds while it works on the chat. A wake-up that
 * comes meanwhile is kept until that job ends. Jobs are fetched, renewed and ended by hand: how many chats an instance
 * takes, and how long it may write to Telegram, is decided by what it knows itself.
 */
export class WakeUps {
  readonly #queue: Queue<ChatJob>;
  readonly #worker: TimedWorker;
  #tokens = 0;

  constructor({ prefix, commands, worker, clock, logger }: WakeUpsOptions) {
    this.#queue = new Queue<ChatJob>(QUEUE, {
      connection: commands,
      prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
      streams: { events: { maxLen: 100 } },
    });
    const options: WorkerOptions = {
      connection: worker,
      prefix,
      autorun: false,
      lockDuration: LOCK_MS,
      skipLockRenewal: true,
      skipVersionCheck: true,
      drainDelay: WAIT_S,
      stalledInterval: STALLED_MS,
      maxStalledCount: 1_000_000, // an update that kills its instance is found in the database
    };
    this.#worker = new TimedWorker(options, clock);
    const note = (error: Error): void => logger.debug("BullMQ", { reason: error.message });
    this.#queue.on("error", note);
    this.#worker.on("error", note);
  }

  /** Looks for chats of dead instances from now on. */
  start(): void {
    void this.#worker.startStalledCheckTimer();
  }

  /**
   * Wakes chats; the wake-up of a chat that is worked on is kept until then.
   * @throws while Redis is away; then the sweeper wakes them later
   */
  async add(chatKeys: readonly string[]): Promise<void> {
    await Promise.all(
      chatKeys.map((chatKey) =>
        this.#queue.add("chat", { chatKey }, { deduplication: { id: chatKey, keepLastIfActive: true } }),
      ),
    );
  }

  /** Wakes those chats that are neither worked on nor waiting to be. @throws while Redis is away */
  async addMissing(chatKeys: readonly string[]): Promise<void> {
    await this.#queue.addBulk(
      chatKeys.map((chatKey) => ({
        name: "chat",
        data: { chatKey },
        opts: { deduplication: { id: chatKey } },
      })),
    );
  }

  /** Waits for the next chat, for some seconds. @returns undefined when there was none */
  async next(): Promise<WakeUp | undefined> {
    this.#tokens += 1;
    const token = `${this.#worker.id}:${this.#tokens}`;
    const job = (await this.#worker.getNextJob(token)) as Job<ChatJob> | undefined;
    return job && { chatKey: job.data.chatKey, askedAt: this.#worker.askedAt, job, token };
  }

  /** Renews the locks. @returns those that were lost. @throws while Redis is away */
  async renew(wakeUps: readonly WakeUp[]): Promise<WakeUp[]> {
    const ids = wakeUps.map(({ job }) => String(job.id));
    const tokens = wakeUps.map(({ token }) => token);
    const lost = new Set(await this.#worker.extendJobLocks(ids, tokens, LOCK_MS));
    return wakeUps.filter(({ job }) => lost.has(String(job.id)));
  }

  /** Ends the work on a chat. Its lock may be lost: then this changes nothing. */
  async end({ job, token }: WakeUp): Promise<void> {
    await job.moveToCompleted(undefined, token, false).catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#worker.close(true), this.#queue.close()]);
  }
}
