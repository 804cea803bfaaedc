import { AsyncResource } from "node:async_hooks";

export interface BatcherOptions {
  /** The largest batch handed to `flush` at once. */
  maxSize: number;
  /**
   * Whether a rejection may be the fault of one item. If so, the batch is flushed again in halves until that item is
   * alone, so that no other fails with it; `flush` must then be repeatable.
   */
  mayBeOneItems?(error: unknown): boolean;
}

/** The result of an item that failed by itself, while others of its batch succeeded. */
export class ItemFailure {
  constructor(readonly error: unknown) {}
}

/** Runs `notify` in the async context of every waiting caller, of this batch and of the next ones. */
export type InCallers = (notify: () => void) => void;

/**
 * Group commit: items added during a flush go into the next batch, so that many callers share one round trip without
 * waiting for a timer. Items keep their order.
 *
 * `flush` receives a batch and returns one result or failure per item, in order; a rejection fails the whole batch, unless
 * `mayBeOneItems` says otherwise. It runs outside
 * the callers' async contexts, so that no caller's trace is charged with the work of others; `inCallers` reports waits
 * that they share.
 */
export function createBatcher<Item, Result>(
  flush: (items: Item[], inCallers: InCallers) => Promise<readonly (Result | ItemFailure)[]>,
  { maxSize, mayBeOneItems = () => false }: BatcherOptions,
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
      await settle(batch);
    }
    running = false;
  });

  async function settle(batch: readonly Entry[]): Promise<void> {
    const inCallers: InCallers = (notify) => {
      for (const { context } of [...batch, ...waiting]) context.runInAsyncScope(notify);
    };
    try {
      const items = batch.map((entry) => entry.item);
      const results = await flush(items, inCallers);
      for (const [index, entry] of batch.entries()) {
        const result = results[index];
        if (result instanceof ItemFailure) entry.reject(result.error);
        else entry.resolve(result as Result);
      }
    } catch (error) {
      if (batch.length > 1 && mayBeOneItems(error)) {
        const middle = Math.ceil(batch.length / 2);
        await settle(batch.slice(0, middle)); // one after the other, so that the items keep their order
        await settle(batch.slice(middle));
      } else for (const entry of batch) entry.reject(error);
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, context: new AsyncResource("BatchedCall"), resolve, reject });
      if (running) return;
      running = true;
      void run();
    });
}
