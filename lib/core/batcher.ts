import { AsyncResource } from "node:async_hooks";

export interface BatcherOptions {
  /** The largest batch handed to `flush` at once. */
  maxSize: number;
}

/** Runs `tell` in the async context of each caller that waits: those of the batch, and those for the next ones. */
export type InCallers = (tell: () => void) => void;

/**
 * Group commit: items added while a flush is under way go together into the next one, so many callers share
 * one round trip and nobody waits for a timer. Items keep the order they were added in.
 *
 * `flush` gets a batch and answers one result per item, in order; a rejection fails the whole batch.
 * It runs outside the callers' async context, so no caller's trace is charged with the others' work; what all of them
 * wait for is told with `inCallers`.
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
      const inCallers: InCallers = (tell) => {
        for (const { context } of [...batch, ...waiting]) context.runInAsyncScope(tell);
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
