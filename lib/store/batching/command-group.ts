import { AsyncLocalStorage } from "node:async_hooks";
import type { InCallers } from "../../core/index.ts";

const groups = new AsyncLocalStorage<InCallers>();

/** Runs `work`, whose commands are those of many callers. */
export function forCallers<T>(inCallers: InCallers, work: () => Promise<T>): Promise<T> {
  return groups.run(inCallers, work);
}

/** Tells whoever waits for the command that goes out now of it, each in the async context of its call. */
export function tellCallers(tell: () => void): void {
  const inCallers = groups.getStore() ?? ((telling) => telling());
  inCallers(tell);
}
