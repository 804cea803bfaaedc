const MINUTE_MS = 60_000;

/** A quota of calls within any minute; refused calls do not count. */
export interface MinuteQuota {
  /** Counts a call. @returns 0 when it is allowed, else the whole seconds until one is. */
  take(): number;
}

export function createMinuteQuota(capacity: number, now: () => number): MinuteQuota {
  let taken: number[] = [];
  return {
    take() {
      taken = taken.filter((at) => at > now() - MINUTE_MS);
      const [first] = taken;
      if (first !== undefined && taken.length >= capacity) {
        return Math.ceil((first + MINUTE_MS - now()) / 1000);
      }
      if (capacity !== Number.POSITIVE_INFINITY) taken.push(now());
      return 0;
    },
  };
}
