import PQueue from "p-queue";
import { childOf, type Measure } from "../core/index.ts";
import type { AnswerStats } from "./answer.ts";

export interface QueueOptions {
  /** Leaves the queue at once when it aborts; the work itself must listen to it too. */
  signal: AbortSignal;
  priority: "person" | "background";
  /** The work was here before and gave its place back: it goes ahead of newcomers of its priority. */
  isRetry?: boolean;
  /** Among those of its priority the lowest goes first; without it, whoever came to the queue first. */
  order?: number | undefined;
  /** Called, and awaited before the work, when no place is free. */
  onQueued?: (() => Promise<void>) | undefined;
}

/** The places at the model: people before background, each by their order. Quotas will live behind it too. */
export interface ModelQueue {
  /**
   * Waits for a place, does the work and gives the place back.
   * @throws the signal's reason when it aborts before the work begins, or what the work or `onQueued` throws.
   */
  run<T>(work: () => Promise<T>, options: QueueOptions): Promise<T>;
  stats(): AnswerStats;
}

const PRIORITY = { person: 2, background: 0 };
/** Above any order, and small enough that a sum of both is still exact. */
const MAX_ORDER = 2 ** 50;

export function createModelQueue(maxConcurrent: number, measure: Measure): ModelQueue {
  const queue = new PQueue({ concurrency: maxConcurrent });
  return {
    async run(work, options) {
      // The work runs in its caller's async context, not in the one of whoever made room: traces stay apart.
      const release = await measure("gemini.wait", () => takePlace(queue, options));
      try {
        options.signal.throwIfAborted();
        return await work();
      } finally {
        release();
      }
    },
    stats: () => ({ inFlight: queue.pending, queued: queue.size, limit: queue.concurrency }),
  };
}

/** Waits for a place; it is held until the function this answers is called. */
async function takePlace(queue: PQueue, options: QueueOptions): Promise<() => void> {
  const { signal, priority, isRetry = false, order = 0, onQueued } = options;
  signal.throwIfAborted();
  // p-queue would free the place of work under way as soon as its signal aborts: it gets one that ends the waiting only.
  const waiting = childOf(signal);
  const mustWait = queue.pending >= queue.concurrency || queue.size > 0;
  const granted = new Promise<() => void>((grant, refuse) => {
    const hold = (): Promise<void> => new Promise((release) => grant(release));
    queue
      .add(hold, {
        priority: (PRIORITY[priority] + (isRetry ? 1 : 0)) * MAX_ORDER - order,
        signal: waiting.signal,
      })
      .catch(refuse);
  });
  try {
    const [release] = await Promise.all([granted, mustWait ? onQueued?.() : undefined]);
    return release;
  } catch (error) {
    waiting.abort(error);
    granted.then(
      (release) => release(),
      () => {}, // never had a place
    );
    throw error;
  } finally {
    waiting.release();
  }
}
