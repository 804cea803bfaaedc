/** How the calls to the model last, at true speed. */
export interface LatencyDistribution {
  meanMs: number;
  /** Standard deviation over mean. */
  cv: number;
}

/** A lognormal number, which latencies of network services resemble: never below zero, with a long tail. */
export function drawLatencyMs(random: () => number, { meanMs, cv }: LatencyDistribution): number {
  const variance = Math.log(1 + cv * cv);
  return meanMs * Math.exp(Math.sqrt(variance) * drawNormal(random) - variance / 2);
}

/** A standard normal number (Box and Muller). */
function drawNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The time to the next of independent events that come every `mean` on average. */
export function drawExponential(random: () => number, mean: number): number {
  return -mean * Math.log(1 - random());
}
