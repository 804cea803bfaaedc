export type { ChatHome, Claim } from "./batching/claims.ts";
export { checkDatabase } from "./check-database.ts";
export type { AnswerCacheStore, CachedAnswer } from "./collections/answer-cache.ts";
export type { BroadcastContent, BroadcastRecord, BroadcastStore } from "./collections/broadcasts.ts";
export type { ChatHomeStore } from "./collections/chat-homes.ts";
export type { ChatMoveRecord, ChatMoveStore } from "./collections/chat-moves.ts";
export {
  type ConversationStore,
  messageId,
  type SessionMove,
  type SessionRequest,
} from "./collections/conversations.ts";
export type { DangerReportRecord, DangerReportStore, HeardDanger } from "./collections/danger-reports.ts";
export type {
  FeedbackCounts,
  FeedbackRecord,
  FeedbackStore,
  Opinion,
  Rating,
} from "./collections/feedback.ts";
export type { HandoverEnd, HandoverRecord, HandoverStore } from "./collections/handovers.ts";
export type { InstanceModel, InstanceRecord, InstanceStore } from "./collections/instances.ts";
export type { LeaseRecord, LeaseStore } from "./collections/leases.ts";
export type { LibraryUseStore, PageUse, UnansweredQuestion } from "./collections/library-use.ts";
export type { MediaFileKey, MediaFileStore } from "./collections/media-files.ts";
export type { OutboxChange, OutboxRecord, OutboxStore } from "./collections/outbox.ts";
export type { PeopleStore, PersonChange } from "./collections/people.ts";
export type {
  PerformanceRecord,
  PerformanceStore,
  Resolution,
  TraceRecord,
} from "./collections/performance.ts";
export {
  type ArrivedUpdate,
  type CrashEvidence,
  SEQ_STEP,
  type SeqRange,
  type UpdateChange,
  type UpdateRecord,
  type UpdateStore,
} from "./collections/updates.ts";
export type { UsageStore, UsageTotals } from "./collections/usage.ts";
export type { DriverObserver, PoolStats } from "./driver-observer.ts";
export { createOutageCheck } from "./outage.ts";
export type { ErasureRecord, ErasureStore } from "./privacy/erasures.ts";
export type { DataSubject, PersonalDataStore } from "./privacy/personal-data.ts";
export type { PersonalHistoryStore } from "./privacy/personal-history.ts";
export type { RetentionLimits, RetentionStore } from "./privacy/retention.ts";
export { createDatabaseProbe, type DatabaseProbe } from "./probe.ts";
export type {
  FlowFrame,
  FlowPosition,
  MessagePart,
  MessageRecord,
  PersonFields,
  PersonRecord,
  SessionRecord,
} from "./records.ts";
export { openStore, type Store, type StoreOptions } from "./store.ts";
export { damaged as damagedBackup, readArchive } from "./transfer/archive.ts";
export { type BackupSource, type OpenBackup, openBackup } from "./transfer/backup.ts";
export { type MovedCollection, type MoveOptions, moveDatabase } from "./transfer/move.ts";
export { newestMeasurement } from "./transfer/newest-measurement.ts";
export { type RestoreOptions, restoreArchive } from "./transfer/restore.ts";
