import type { KeptTrace } from "../recording/slowest-traces.ts";
import { breakDownTrace } from "./breakdown.ts";

/** A part that took less of the time than this explains nothing. */
const MIN_SHARE = 0.3;

/** What most of the time of some traces went to, such as `gemini.wait (62 % of it)`; undefined where nothing stands out. */
export function largestPart(traces: readonly KeptTrace[]): string | undefined {
  const times = new Map<string, number>();
  for (const { part, ms } of traces.flatMap(breakDownTrace)) times.set(part, (times.get(part) ?? 0) + ms);
  const totalMs = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  const [part, timeMs] = [...times].toSorted(([, a], [, b]) => b - a)[0] ?? ["", 0];
  const share = totalMs === 0 ? 0 : timeMs / totalMs;
  return share < MIN_SHARE ? undefined : `${part} (${Math.round(share * 100)} % of it)`;
}
