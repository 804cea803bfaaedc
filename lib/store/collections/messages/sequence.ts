import { Mutex } from "async-mutex";
import type { Collection } from "mongodb";
import { AppError } from "../../../core/index.ts";

/** A counter. `value` is the last number taken from it. */
export interface CounterRecord {
  _id: string;
  value: number;
}

/** The code of the error of a counter that the database acknowledged but did not return. */
export const COUNTER_MISSING = "COUNTER_MISSING";

/** Numbers are reserved in blocks of this size, so that most cost no round trip; a restart skips the unused rest. */
const BLOCK_SIZE = 1_000;

export interface SequenceOptions {
  /** How many numbers are reserved at once. With 1, the numbers of several processes are in the order they were taken. */
  blockSize?: number;
}

/** Numbers that only grow, across restarts and processes. */
export class Sequence {
  readonly #counters: Collection<CounterRecord>;
  readonly #name: string;
  readonly #blockSize: number;
  /** Protects the reserved block, `#next` to `#last`. */
  readonly #lock = new Mutex();
  #next = 1;
  #last = 0;

  constructor(
    counters: Collection<CounterRecord>,
    name: string,
    { blockSize = BLOCK_SIZE }: SequenceOptions = {},
  ) {
    this.#counters = counters;
    this.#name = name;
    this.#blockSize = blockSize;
  }

  /** Takes `count` consecutive numbers. @returns the first of them */
  take(count: number): Promise<number> {
    return this.#lock.runExclusive(async () => {
      if (this.#last - this.#next + 1 < count) await this.#reserve(Math.max(count, this.#blockSize));
      const first = this.#next;
      this.#next += count;
      return first;
    });
  }

  async #reserve(size: number): Promise<void> {
    const counter = await this.#counters.findOneAndUpdate(
      { _id: this.#name },
      { $inc: { value: size } },
      { upsert: true, returnDocument: "after" },
    );
    if (!counter) {
      throw new AppError(`The counter ${this.#name} was neither found nor created`, {
        code: COUNTER_MISSING,
      });
    }
    this.#last = counter.value;
    this.#next = this.#last - size + 1;
  }
}
