/** The distribution of model latencies, at true speed. */
export interface LatencyDistribution {
  meanMs: number;
  /** Standard deviation over mean. */
  cv: number;
}

/** Draws from a lognormal distribution, which latencies of network services resemble: positive, with a long tail. */
export function drawLatencyMs(random: () => number, { meanMs, cv }: LatencyDistribution): number {
  const variance = Math.log(1 + cv * cv);
  return meanMs * Math.exp(Math.sqrt(variance) * drawNormal(random) - variance / 2);
}

/** Draws from the standard normal distribution (Box and Muller). */
function drawNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Draws the time to the next of independent events with this mean interval. */
export function drawExponential(random: () => number, mean: number): number {
  return -mean * Math.log(1 - random());
}
