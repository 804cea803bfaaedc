import { AsyncResource } from "node:async_hooks";

export interface BatcherOptions {
  /** The largest batch handed to `flush` at once. */
  maxSize: number;
}

/** Runs `notify` in the async context of every waiting caller, of this batch and of the next ones. */
export type InCallers = (notify: () => void) => void;

/**
 * Group commit: items added during a flush go into the next batch, so that many callers share one round trip without
 * waiting for a timer. Items keep their order.
 *
 * `flush` receives a batch and returns one result per item, in order; a rejection fails the whole batch. It runs outside
 * the callers' async contexts, so that no caller's trace is charged with the work of others; `inCallers` reports waits
 * that they share.
 */
export function createBatcher<Item, Result>(
  flush: (items: Item[], inCallers: InCallers) => Promise<readonly Result[]>,
  { maxSize }: BatcherOptions,
): (item: Item) => Promise<Result> {
  interface Entry {
    item: Item;
    context: AsyncResource;
    resolve: (result: Result) => void;
    reject: (error: unknown) => void;
  }
  let waiting: Entry[] = [];
  let running = false;

  const run = AsyncResource.bind(async () => {
    await Promise.resolve(); // the rest of this tick joins the first batch
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxSize);
      waiting = waiting.slice(maxSize);
      const inCallers: InCallers = (notify) => {
        for (const { context } of [...batch, ...waiting]) context.runInAsyncScope(notify);
      };
      try {
        const results = await flush(
          batch.map((entry) => entry.item),
          inCallers,
        );
        for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result);
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
    running = false;
  });

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, context: new AsyncResource("BatchedCall"), resolve, reject });
      if (running) return;
      running = true;
      void run();
    });
}
