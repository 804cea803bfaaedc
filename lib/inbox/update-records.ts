import type { ArrivedUpdate, UpdateRecord } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import type { WaitingUpdate } from "./mailboxes.ts";

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

/** An update this run has stored: what its record counts as a try is the coming one. */
export function arrivedUpdate(record: UpdateRecord, update?: Update): WaitingUpdate {
  const waiting = leftUpdate(record, update);
  if (record.state !== "processing") return waiting;
  return { ...waiting, attempts: record.attempts - 1, storedAs: "begun" };
}

/** An update an earlier run left: what its record counts are tries that ended with that run. */
export function leftUpdate(record: UpdateRecord, update?: Update): WaitingUpdate {
  return {
    id: record._id,
    seq: record.seq,
    chatKey: record.chatKey,
    update: update ?? (JSON.parse(record.payload ?? "{}") as Update),
    attempts: record.attempts,
    isCounted: false,
    storedAs: "waiting",
    ...(record.joined ? { joined: record.joined } : {}),
    notBefore: record.notBefore?.getTime() ?? 0,
    receivedAt: record.receivedAt,
  };
}
