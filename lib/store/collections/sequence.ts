import { Mutex } from "async-mutex";
import type { Collection } from "mongodb";
import { AppError } from "../../core/index.ts";
import type { CounterRecord } from "../records.ts";

/** Numbers that only grow, also over restarts and processes. */
export interface Sequence {
  /** Takes so many in a row. @returns the first of them */
  take(count: number): Promise<number>;
}

/** So many numbers are taken from the counter at once, so that most cost no round trip; a restart leaves the rest out. */
const BLOCK = 1_000;

export function createSequence(counters: Collection<CounterRecord>, name: string): Sequence {
  /** Protects the block in hand, `next` to `last`. */
  const lock = new Mutex();
  let next = 1;
  let last = 0;

  async function takeBlock(size: number): Promise<void> {
    const counter = await counters.findOneAndUpdate(
      { _id: name },
      { $inc: { value: size } },
      { upsert: true, returnDocument: "after" },
    );
    if (!counter) {
      throw new AppError(`The counter ${name} was neither found nor made`, { code: "COUNTER_MISSING" });
    }
    last = counter.value;
    next = last - size + 1;
  }

  return {
    take: (count) =>
      lock.runExclusive(async () => {
        if (last - next + 1 < count) await takeBlock(Math.max(count, BLOCK));
        const first = next;
        next += count;
        return first;
      }),
  };
}
