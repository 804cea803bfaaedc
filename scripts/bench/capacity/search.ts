export interface SearchOptions {
  /** The first rate that is tried; it is doubled until one fails, or halved until one passes. */
  startRate: number;
  /** The search ends when the lowest rate that failed is at most this multiple of the highest that passed. */
  maxRatio: number;
  /** No lower rate is tried. */
  minRate: number;
  maxSteps: number;
}

/** The highest rate that passed, by doubling and then bisection; 0 when none did. */
export async function findRate(
  passes: (rate: number) => Promise<boolean>,
  { startRate, maxRatio, minRate, maxSteps }: SearchOptions,
): Promise<number> {
  let passed = 0;
  let failed = Number.POSITIVE_INFINITY;
  let rate = startRate;
  for (let step = 0; step < maxSteps && failed > passed * maxRatio && rate >= minRate; step += 1) {
    if (await passes(rate)) passed = rate;
    else failed = rate;
    rate = Number.isFinite(failed) ? (passed + failed) / 2 : passed * 2;
  }
  return passed;
}

export interface HoldOptions {
  /** The first rate that is tried. */
  rate: number;
  /** The share by which each try is lower than the one before. */
  lowerBy: number;
  maxTries: number;
}

/** What the first rate that holds has come to; undefined when none holds. */
export async function holdRate<Held>(
  hold: (rate: number) => Promise<Held | undefined>,
  { rate, lowerBy, maxTries }: HoldOptions,
): Promise<Held | undefined> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const held = await hold(rate * (1 - lowerBy) ** tries);
    if (held !== undefined) return held;
  }
  return undefined;
}
