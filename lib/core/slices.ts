/**
 * Splits long synchronous work into slices, so that the event loop gets its turn in between:
 * `if (slices.isOver) await slices.next();`
 */
export class Slices {
  readonly #sliceMs: number;
  readonly #signal: AbortSignal | undefined;
  #endsAt: number;

  constructor(sliceMs: number, signal?: AbortSignal) {
    this.#sliceMs = sliceMs;
    this.#signal = signal;
    this.#endsAt = performance.now() + sliceMs;
  }

  /** Whether it is time to let the event loop turn. */
  get isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /**
   * Begins a new slice after a turn of the event loop.
   * @throws the signal's reason when the work is no longer wanted
   */
  async next(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.#signal?.throwIfAborted();
    this.#endsAt = performance.now() + this.#sliceMs;
  }
}
