import { AppError, childOf } from "../core/index.ts";

/** Work that is under way, and a way to end all of it. */
export class WorkInProgress {
  readonly #abortByWork = new Map<Promise<unknown>, (reason: unknown) => void>();
  #isClosed = false;

  /** Does some work under a signal that also aborts at the close. @throws what the work throws; ANSWERS_CLOSED after it */
  async run<T>(parent: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw answersClosed();
    const ending = childOf(parent);
    const working = work(ending.signal);
    this.#abortByWork.set(working, ending.abort);
    try {
      return await working;
    } finally {
      this.#abortByWork.delete(working);
      ending.release();
    }
  }

  /** Aborts everything and resolves when it has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const abort of this.#abortByWork.values()) abort(answersClosed());
    await Promise.allSettled(this.#abortByWork.keys());
  }
}

/** Retryable: the question can be asked again after the next start. */
function answersClosed(): AppError {
  return new AppError("The program is stopping", { code: "ANSWERS_CLOSED", retryable: true });
}
