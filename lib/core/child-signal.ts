/** An AbortController that also aborts with its parent signal, for the same reason. */
export interface ChildController {
  signal: AbortSignal;
  abort(reason: unknown): void;
  /** Takes its listener off the parent, which may live long. */
  release(): void;
}

/** A controller under `parent`, or under nobody. Not `AbortSignal.any`, which cannot be released. */
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
