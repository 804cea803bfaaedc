import type { ReportedOperation } from "../analysis/health.ts";
import { OperationTotals } from "../recording/totals.ts";
import { mergeSnapshots, type OperationSnapshot, type Snapshot } from "../storage/snapshot.ts";

/** The measurements of a span, added up. */
export interface Summary {
  merged: Snapshot;
  operations: ReportedOperation[];
}

/** Adds up snapshots; `null` when there are none. */
export function summarize(snapshots: readonly Snapshot[]): Summary | null {
  const [first, ...others] = snapshots;
  if (!first) return null;
  const merged = mergeSnapshots([first, ...others]);
  const operations = merged.operations.map((operation): ReportedOperation => {
    const { name, slowMs } = operation;
    return { name, slowMs, ...totalsOf([operation]).stats() };
  });
  return { merged, operations };
}

/** Whether `wanted` is the operation's name or its group: `mongo` contains `mongo.people.find`. */
export function isOrIsWithin(name: string, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}.`);
}

/** The sum of some operations. */
export function totalsOf(operations: readonly OperationSnapshot[]): OperationTotals {
  const totals = new OperationTotals();
  for (const operation of operations) totals.addEncoded(operation);
  return totals;
}

/** One of the equal parts of a span. */
export interface Column {
  /** The sum of the wanted operations; `null` when nothing at all was measured. */
  totals: OperationTotals | null;
  /** The measured time; concurrent processes count once. */
  measuredMs: number;
}

/** Divides a span into at most `mostColumns` equal columns, none shorter than a snapshot. */
export function columnsOf(
  snapshots: readonly Snapshot[],
  isWanted: (name: string) => boolean,
  mostColumns: number,
): Column[] {
  const fromMs = Math.min(...snapshots.map((snapshot) => snapshot.fromMs));
  const toMs = Math.max(...snapshots.map((snapshot) => snapshot.toMs));
  const stretchMs = Math.max(60_000, typicalLengthMs(snapshots));
  const count = Math.max(1, Math.min(mostColumns, Math.round((toMs - fromMs) / stretchMs)));
  const members = Array.from({ length: count }, (): Snapshot[] => []);
  for (const snapshot of snapshots) {
    const middle = (snapshot.fromMs + snapshot.toMs) / 2;
    const place = Math.floor(((middle - fromMs) / Math.max(1, toMs - fromMs)) * count);
    members[Math.min(count - 1, place)]?.push(snapshot);
  }
  return members.map((within) => {
    if (within.length === 0) return { totals: null, measuredMs: 0 };
    const wanted = within.flatMap(({ operations }) => operations.filter(({ name }) => isWanted(name)));
    const startMs = Math.min(...within.map((snapshot) => snapshot.fromMs));
    const endMs = Math.max(...within.map((snapshot) => snapshot.toMs));
    return { totals: totalsOf(wanted), measuredMs: endMs - startMs };
  });
}

/** The median, because the newest snapshots of a long span are shorter than the rest. */
function typicalLengthMs(snapshots: readonly Snapshot[]): number {
  const lengths = snapshots.map(({ fromMs, toMs }) => toMs - fromMs).toSorted((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)] ?? 0;
}

/** When a condition that still holds began; `null` when it does not hold now. Ignores snapshots without calls. */
export function sinceWhen(
  snapshots: readonly Snapshot[],
  name: string,
  holds: (operation: ReportedOperation) => boolean,
): number | null {
  let sinceMs: number | null = null;
  for (const { fromMs, operations } of snapshots.toSorted((a, b) => b.toMs - a.toMs)) {
    const operation = operations.find((other) => other.name === name);
    if (!operation) continue;
    const stats = totalsOf([operation]).stats();
    if (stats.count === 0) continue;
    if (!holds({ name, slowMs: operation.slowMs, ...stats })) break;
    sinceMs = fromMs;
  }
  return sinceMs;
}
