export type { ChatHome, Claim } from "./batching/claims.ts";
export { checkDatabase } from "./check-database.ts";
export type { AnswerCacheStore, CachedAnswer } from "./collections/answers/answer-cache.ts";
export type { LibraryUseStore, PageUse, UnansweredQuestion } from "./collections/answers/library-use.ts";
export type { MediaFileKey, MediaFileStore } from "./collections/answers/media-files.ts";
export type { UsageStore, UsageTotals } from "./collections/answers/usage.ts";
export type { ChatHomeStore } from "./collections/instances/chat-homes.ts";
export type { InstanceModel, InstanceRecord, InstanceStore } from "./collections/instances/instances.ts";
export type { LeaseRecord, LeaseStore } from "./collections/instances/leases.ts";
export type { BroadcastContent, BroadcastRecord, BroadcastStore } from "./collections/messages/broadcasts.ts";
export type { ChatMoveRecord, ChatMoveStore } from "./collections/messages/chat-moves.ts";
export type { OutboxChange, OutboxRecord, OutboxStore } from "./collections/messages/outbox.ts";
export {
  type ArrivedUpdate,
  type CrashEvidence,
  SEQ_STEP,
  type SeqRange,
  type UpdateChange,
  type UpdateRecord,
  type UpdateStore,
} from "./collections/messages/updates.ts";
export {
  type ConversationStore,
  messageId,
  type SessionMove,
  type SessionRequest,
} from "./collections/people/conversations.ts";
export type {
  DangerReportRecord,
  DangerReportStore,
  HeardDanger,
} from "./collections/people/danger-reports.ts";
export type {
  FeedbackCounts,
  FeedbackRecord,
  FeedbackStore,
  Opinion,
  Rating,
} from "./collections/people/feedback.ts";
export type { HandoverEnd, HandoverRecord, HandoverStore } from "./collections/people/handovers.ts";
export type { PeopleStore, PersonChange } from "./collections/people/people.ts";
export type {
  PerformanceRecord,
  PerformanceStore,
  Resolution,
  TraceRecord,
} from "./collections/performance.ts";
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
