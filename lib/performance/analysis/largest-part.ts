import type { KeptTrace } from "../recording/slowest-traces.ts";
import { breakDownTrace } from "./breakdown.ts";

/** A smaller share of the time does not explain it. */
const MIN_SHARE = 0.3;

/** The part most of the traces' time went to, such as `model.wait (62 % of it)`; undefined when none stands out. */
export function largestPart(traces: readonly KeptTrace[]): string | undefined {
  const times = new Map<string, number>();
  for (const { part, ms } of traces.flatMap(breakDownTrace)) times.set(part, (times.get(part) ?? 0) + ms);
  const totalMs = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  const [part, timeMs] = [...times].toSorted(([, a], [, b]) => b - a)[0] ?? ["", 0];
  const share = totalMs === 0 ? 0 : timeMs / totalMs;
  return share < MIN_SHARE ? undefined : `${part} (${Math.round(share * 100)} % of it)`;
}
