/** An AbortController that also aborts with its parent signal, with the same reason. */
export interface ChildController {
  signal: AbortSignal;
  abort(reason: unknown): void;
  /** Removes its listener from the parent, which may outlive it by far. */
  release(): void;
}

/** Creates a controller that follows `parent`, if there is one. Unlike `AbortSignal.any` it can be released. */
export function childOf(parent: AbortSignal | undefined): ChildController {
  const child = new AbortController();
  const follow = (): void => child.abort(parent?.reason);
  if (parent?.aborted) follow();
  else parent?.addEventListener("abort", follow, { once: true });
  return {
    signal: child.signal,
    abort: (reason) => child.abort(reason),
    release: () => parent?.removeEventListener("abort", follow),
  };
}
