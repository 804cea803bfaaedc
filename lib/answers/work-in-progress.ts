import { AppError, childOf } from "../core/index.ts";

/** The work that is under way, and the way to end all of it. */
export interface WorkInHand {
  /** Does some work under a signal that also aborts at the close. @throws what the work throws; ANSWERS_CLOSED after it */
  run<T>(parent: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Ends everything and resolves when nothing is left. */
  close(): Promise<void>;
}

export function createWorkInHand(): WorkInHand {
  const underWay = new Map<Promise<unknown>, (reason: unknown) => void>();
  let isClosed = false;
  return {
    async run(parent, work) {
      if (isClosed) throw closed();
      const ending = childOf(parent);
      const working = work(ending.signal);
      underWay.set(working, ending.abort);
      try {
        return await working;
      } finally {
        underWay.delete(working);
        ending.release();
      }
    },
    async close() {
      isClosed = true;
      for (const end of underWay.values()) end(closed());
      await Promise.allSettled(underWay.keys());
    },
  };
}

/** A new error each time; the question can be asked again after the next start. */
function closed(): AppError {
  return new AppError("The program is stopping", { code: "ANSWERS_CLOSED", retryable: true });
}
