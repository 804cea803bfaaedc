import type { Logger } from "../../core/index.ts";
import { breakDown, chargeLatestStarted, OWN_PART, type PartTime } from "../analysis/breakdown.ts";
import type { CallSite } from "./call-site.ts";
import { isWithin, type Span } from "./trace.ts";

/** Further parts are summed as `other`. */
const MAX_PARTS = 8;
/** Own time below this share is not shown. */
const NOTABLE_OWN_SHARE = 0.01;

/** A call at or over its threshold. */
export interface SlowCall {
  site: CallSite;
  startMs: number;
  endMs: number;
  fields: Readonly<Record<string, unknown>>;
  errorCode: string | undefined;
}

/** Warns of a slow call, at most once a second per operation; the next warning counts the suppressed ones. */
export function warnSlowCall(
  logger: Logger,
  { site, startMs, endMs, fields, errorCode }: SlowCall,
  parts = "",
): void {
  const unwarned = site.operation.takeWarning(endMs);
  if (unwarned === null) return;
  const took = Math.round(endMs - startMs);
  logger.warn(`Slow operation detected: ${site.operation.name} took ${took} ms${parts}`, {
    ...fields,
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(unwarned === 0 ? {} : { slowCallsNotLogged: unwarned }),
  });
}

/**
 * Warns of a slow call of a trace, with the parts its time went to. One cause gives one line: there is no warning when
 * the call would be fast without the slow calls within it that were already reported.
 */
export function warnSlowSpan(logger: Logger, span: Span, call: SlowCall): void {
  const { startMs, endMs, site } = call;
  const reported = span.trace.spans.filter((other) => other.isReported && isWithin(other, span));
  const reportedMs = chargeLatestStarted(reported).reduce((sum, [, ms]) => sum + ms, 0);
  if (endMs - startMs - reportedMs < site.slowMs) return;
  span.isReported = true;
  warnSlowCall(logger, call, describeParts(breakDown(span, endMs), endMs - startMs, span.trace.leftOut));
}

function describeParts(parts: readonly PartTime[], durationMs: number, leftOut: number): string {
  const notable = parts.filter(
    ({ part, ms }) => Math.round(ms) > 0 && (part !== OWN_PART || ms >= durationMs * NOTABLE_OWN_SHARE),
  );
  if (notable.every(({ part }) => part === OWN_PART)) return "";
  const words = notable.slice(0, MAX_PARTS).map(({ part, ms }) => `${part} ${Math.round(ms)}`);
  const restMs = notable.slice(MAX_PARTS).reduce((sum, { ms }) => sum + ms, 0);
  if (restMs > 0) words.push(`other ${Math.round(restMs)}`);
  if (leftOut > 0) words.push(`${leftOut} more calls not kept`);
  return ` (${words.join(", ")})`;
}
