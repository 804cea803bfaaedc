import type { Clock } from "../core/index.ts";
import { type ArrivedUpdate, SEQ_STEP, type UpdateRecord } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import { MAX_PAUSE_MS, NO_EVIDENCE } from "./crash-evidence.ts";
import type { WaitingUpdate } from "./mailboxes.ts";
import type { InboxUpdate } from "./ports.ts";

/** An update as it is stored on arrival. One that is worked on at once is stored as begun, which saves a write. */
export function toRecord(
  update: Update,
  {
    isBegun,
    ...about
  }: Pick<ArrivedUpdate, "_id" | "botId" | "chatKey" | "receivedAt"> & { isBegun: boolean },
): ArrivedUpdate {
  return {
    ...about,
    payload: JSON.stringify(update),
    state: isBegun ? "processing" : "received",
    attempts: isBegun ? 1 : 0,
  };
}

/** What turns records into waiting updates. */
export interface RecordReading<Parsed> {
  parse(update: InboxUpdate): Parsed;
  clock: Clock;
}

/** An update this run has stored: an attempt in its record is the coming one. */
export function arrivedUpdate<Parsed>(
  record: UpdateRecord,
  reading: RecordReading<Parsed>,
  update?: Update,
): WaitingUpdate<Parsed> {
  const waiting = leftUpdate(record, reading, update);
  if (record.state !== "processing") return waiting;
  return { ...waiting, attempts: record.attempts - 1, storedAs: "begun" };
}

/** An update an earlier run left; its record holds no attempt in progress any more. */
export function leftUpdate<Parsed>(
  record: UpdateRecord,
  { parse, clock }: RecordReading<Parsed>,
  update?: Update,
): WaitingUpdate<Parsed> {
  const { seq, chatKey, receivedAt, notBefore } = record;
  const inboxUpdate = {
    seq,
    chatKey,
    update: update ?? (JSON.parse(record.payload ?? "{}") as Update),
    arrivedAt: receivedAt.getTime(),
  };
  const pauseMs = (notBefore?.getTime() ?? 0) - clock.now();
  const ageMs = Math.max(0, clock.now() - receivedAt.getTime());
  return {
    ...inboxUpdate,
    id: record._id,
    seqFloor: record.seqFloor ?? seq - SEQ_STEP,
    parsed: parse(inboxUpdate),
    attempts: record.attempts,
    evidence: record.evidence ?? NO_EVIDENCE,
    isCounted: false,
    storedAs: "waiting",
    ...(record.joined ? { joined: record.joined } : {}),
    // The system's clock may have been set back meanwhile, which must not make a pause longer.
    notBefore: clock.monotonic() + Math.min(Math.max(0, pauseMs), MAX_PAUSE_MS),
    receivedAt: clock.monotonic() - ageMs,
  };
}
