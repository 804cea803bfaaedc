/** An AbortController that also aborts with each of its parent signals, with the same reason. */
export interface ChildController {
  signal: AbortSignal;
  abort(reason?: unknown): void;
  /** Removes its listeners from the parents, which may outlive it by far. */
  release(): void;
}

/**
 * Creates a controller that follows its parents, if there are any. Unlike `AbortSignal.any`, which on Node 20 is never
 * collected while a parent lives, it can be released.
 */
export function childOf(...parents: readonly (AbortSignal | undefined)[]): ChildController {
  const child = new AbortController();
  const followed = parents.filter((parent) => parent !== undefined);
  const follow = (): void => child.abort(followed.find(({ aborted }) => aborted)?.reason);
  if (followed.some(({ aborted }) => aborted)) follow();
  else for (const parent of followed) parent.addEventListener("abort", follow, { once: true });
  return {
    signal: child.signal,
    abort: (reason) => child.abort(reason),
    release() {
      for (const parent of followed) parent.removeEventListener("abort", follow);
    },
  };
}
