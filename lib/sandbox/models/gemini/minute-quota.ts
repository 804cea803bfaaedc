const MINUTE_MS = 60_000;

/** A quota of calls within any minute; refused calls take nothing of it. */
export interface MinuteQuota {
  /** Takes a call: 0 when it may go on, otherwise the whole seconds after which one may. */
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
