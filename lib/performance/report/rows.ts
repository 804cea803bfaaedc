import { failures, isFailing, isSlow, type ReportedOperation } from "../analysis/health.ts";
import { PROCESS_NAMES } from "../recording/process-watch.ts";
import { isOrIsWithin, type Summary, totalsOf } from "./summary.ts";

/** Sort keys: the largest first, names in alphabetical order. */
export const SORT_KEYS = ["p50", "p95", "p99", "max", "count", "errors", "total", "name"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

const SORT_VALUES: Record<Exclude<SortKey, "name">, (operation: ReportedOperation) => number> = {
  p50: ({ p50Ms }) => p50Ms,
  p95: ({ p95Ms }) => p95Ms,
  p99: ({ p99Ms }) => p99Ms,
  max: ({ maxMs }) => maxMs,
  count: ({ count }) => count,
  errors: failures,
  total: ({ count, meanMs }) => count * meanMs,
};

/** Shown first, in this order; other operations are shown only when slow, failing or requested. */
const AT_A_GLANCE = [
  /^process_/,
  /^mailbox\.wait$/,
  /^model\.wait$/,
  /^model\.first_text$/,
  /^model$/,
  /^knowledge\./,
  /^outbox\.pause$/,
  /^telegram\.(send|edit)/,
  /^mongo$/,
  /^mongodb\.pool\.wait$/,
  /^media\./,
];
/** All calls of the store make one row; single methods and MongoDB commands are shown on request. */
const STORE = "mongo";
const OF_STORE = /^mongo\.|^mongodb\.(?!pool\.)/;

/** The most important operations, slow and failing ones first. */
export function glanceRows({ merged, operations }: Summary): ReportedOperation[] {
  const calls = merged.operations.filter(({ name }) => isOrIsWithin(name, STORE));
  const slowMs = calls.find((call) => call.slowMs !== null)?.slowMs ?? null;
  const store: ReportedOperation = { name: STORE, slowMs, ...totalsOf(calls).stats() };
  const others = operations.filter(
    (operation) =>
      isListed(operation) &&
      operation.name !== STORE &&
      (isFailing(operation) || !OF_STORE.test(operation.name)),
  );
  const shown = [...others, ...(store.count > 0 ? [store] : [])].filter(
    (operation) => isTroubled(operation) || placeOf(operation) < AT_A_GLANCE.length,
  );
  return shown.toSorted(
    (a, b) => Number(isTroubled(b)) - Number(isTroubled(a)) || placeOf(a) - placeOf(b) || b.p95Ms - a.p95Ms,
  );
}

/** All operations, or those of one name or group; slow and failing ones first. */
export function allRows({ operations }: Summary, wanted?: string): ReportedOperation[] {
  return operations
    .filter((operation) =>
      wanted === undefined ? isListed(operation) : isOrIsWithin(operation.name, wanted),
    )
    .toSorted((a, b) => rank(b) - rank(a) || b.p95Ms - a.p95Ms);
}

/** Sorts rows by a key. */
export function sortRows(rows: readonly ReportedOperation[], key: SortKey): ReportedOperation[] {
  if (key === "name") return rows.toSorted((a, b) => a.name.localeCompare(b.name));
  const value = SORT_VALUES[key];
  return rows.toSorted((a, b) => value(b) - value(a));
}

function isTroubled(operation: ReportedOperation): boolean {
  return isSlow(operation) || isFailing(operation);
}

/** Operations without a slow threshold, such as a long poll, come last. */
function rank(operation: ReportedOperation): number {
  if (isTroubled(operation)) return 2;
  return operation.slowMs === null ? 0 : 1;
}

function placeOf({ name }: ReportedOperation): number {
  const place = AT_A_GLANCE.findIndex((pattern) => pattern.test(name));
  return place === -1 ? AT_A_GLANCE.length : place;
}

/** The operations of the process itself have their own line above the table. */
function isListed({ name, count }: ReportedOperation): boolean {
  return count > 0 && name !== PROCESS_NAMES.loopDelay && name !== PROCESS_NAMES.garbageCollection;
}
