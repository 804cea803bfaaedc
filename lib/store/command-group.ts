import { AsyncLocalStorage } from "node:async_hooks";
import type { InCallers } from "../core/index.ts";

interface CommandGroup {
  startedMs: number;
  inCallers: InCallers;
  /** Once its first command went out, it has waited for its connection. */
  hasConnection: boolean;
}

const groups = new AsyncLocalStorage<CommandGroup>();

/** Runs `work`, whose commands are those of many callers. */
export function forCallers<T>(inCallers: InCallers, work: () => Promise<T>): Promise<T> {
  return groups.run({ startedMs: performance.now(), inCallers, hasConnection: false }, work);
}

/**
 * Tells whoever waits for the command that goes out now of it, each in the async context of its call; callers of a
 * group also how long, in milliseconds, the group waited for its connection.
 */
export function tellCallers(tell: (waitedMs?: number) => void): void {
  const group = groups.getStore();
  if (!group) {
    tell();
    return;
  }
  if (group.hasConnection) return;
  group.hasConnection = true;
  const waitedMs = performance.now() - group.startedMs;
  group.inCallers(() => tell(waitedMs));
}
