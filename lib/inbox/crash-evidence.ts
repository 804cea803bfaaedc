import type { CrashEvidence, UpdateRecord } from "../store/index.ts";

/**
 * An update is given up as the cause of crashes after this many deaths of the process while it alone was in progress,
 * and only when they span this time: a process that is killed many times within minutes says nothing about its updates.
 */
const MAX_DEATHS = 5;
const MIN_SPAN_MS = 10 * 60_000;

/**
 * Pauses after the first, second … such death, in milliseconds. One death is an accident; together the pauses are longer
 * than `MIN_SPAN_MS`.
 */
const PAUSES_MS = [0, 15_000, 90_000, 540_000] as const;

/** The longest pause before an attempt, in milliseconds. */
export const MAX_PAUSE_MS = Math.max(...PAUSES_MS);

/** An update that was in progress at this many crashes is tried alone. */
const SUSPECT_CRASHES = 2;

export const NO_EVIDENCE: CrashEvidence = { crashes: 0, deaths: 0 };

/** What is known after one more crash. @param wasAlone nothing else was in progress */
export function afterCrash(
  evidence: CrashEvidence = NO_EVIDENCE,
  { wasAlone, at }: { wasAlone: boolean; at: Date },
): CrashEvidence {
  const crashes = evidence.crashes + 1;
  if (!wasAlone) return { ...evidence, crashes };
  const { firstDeathAt = at } = evidence;
  // After the clock was set back, the time begins anew: the first death must not lie in the future.
  return { crashes, deaths: evidence.deaths + 1, firstDeathAt: firstDeathAt < at ? firstDeathAt : at };
}

/** Whether the update kills the process, as far as can be told. */
export function isPoison({ deaths, firstDeathAt }: CrashEvidence, now: number): boolean {
  return deaths >= MAX_DEATHS && firstDeathAt !== undefined && now - firstDeathAt.getTime() >= MIN_SPAN_MS;
}

/** Whether the update is to be tried while nothing else is in progress. */
export function isSuspect({ crashes }: CrashEvidence): boolean {
  return crashes >= SUSPECT_CRASHES;
}

/** Records of a crashed run, with its evidence: an update that was in progress gets its attempt back. */
export function afterRun(records: readonly UpdateRecord[], at: Date): UpdateRecord[] {
  const wasAlone = records.filter(({ state }) => state === "processing").length === 1;
  return records.map((record) => afterDeath(record, { wasAlone, at }));
}

/** A record with the evidence of a death of the process that worked on it. @param wasAlone as for `afterCrash` */
export function afterDeath(
  record: UpdateRecord,
  { wasAlone, at }: { wasAlone: boolean; at: Date },
): UpdateRecord {
  if (record.state !== "processing") return record;
  const evidence = afterCrash(record.evidence, { wasAlone, at });
  const { notBefore: _notBefore, ...rest } = record;
  const pauseMs = wasAlone && !isPoison(evidence, at.getTime()) ? pauseAfter(evidence.deaths) : 0;
  return {
    ...rest,
    state: "received",
    attempts: Math.max(0, record.attempts - 1),
    evidence: { ...evidence, ...(record.owner === undefined ? {} : { owner: record.owner }) },
    ...(pauseMs > 0 ? { notBefore: new Date(at.getTime() + pauseMs) } : {}),
  };
}

function pauseAfter(deaths: number): number {
  return PAUSES_MS[Math.min(deaths, PAUSES_MS.length) - 1] ?? 0;
}
