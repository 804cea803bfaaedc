import type { Logger } from "../../core/index.ts";
import { breakDown, chargeLatestStarted, OWN_PART, type PartTime } from "../analysis/breakdown.ts";
import type { CallSite } from "./call-site.ts";
import { isWithin, type Span } from "./trace.ts";

/** More parts than this are summed as `other`, to keep the line a line. */
const MAX_PARTS = 8;
/** Own time below this share says nothing. */
const NOTABLE_OWN_SHARE = 0.01;

/** A call that reached its threshold. */
export interface SlowCall {
  site: CallSite;
  startMs: number;
  endMs: number;
  fields: Readonly<Record<string, unknown>>;
  errorCode: string | undefined;
}

/** Warns of a slow call, at most once a second for one operation; the next warning says how many calls had none. */
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
 * Warns of a slow call of a trace, with the parts its time went to. One cause makes one line: a call says nothing
 * when what slow calls inside it have already said leaves it under its own threshold.
 */
export function warnSlowSpan(logger: Logger, span: Span, call: SlowCall): void {
  const { startMs, endMs, site } = call;
  const told = span.trace.spans.filter((other) => other.isReported && isWithin(other, span));
  const toldMs = chargeLatestStarted(told).reduce((sum, [, ms]) => sum + ms, 0);
  if (endMs - startMs - toldMs < site.slowMs) return;
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
