import { AsyncLocalStorage } from "node:async_hooks";
import type { InCallers } from "../../core/index.ts";

const groups = new AsyncLocalStorage<InCallers>();

/** Runs `work`, each command of which serves many callers. */
export function forCallers<T>(inCallers: InCallers, work: () => Promise<T>): Promise<T> {
  return groups.run(inCallers, work);
}

/** Notifies every caller of the batched command that is sent now, in that caller's async context. */
export function notifyCallers(notify: () => void): void {
  const inCallers = groups.getStore();
  if (inCallers) inCallers(notify);
  else notify();
}
