export type { AnswerCacheStore } from "./answer-cache.ts";
export type { BroadcastContent, BroadcastRecord, BroadcastStore } from "./broadcasts.ts";
export { type DriverObserver, isDatabaseOutage, type PoolStats } from "./client.ts";
export { type ConversationStore, messageId, type SessionMove, type SessionRequest } from "./conversations.ts";
export type { ErasureRecord, ErasureStore } from "./erasures.ts";
export type { FeedbackCounts, FeedbackRecord, FeedbackStore, Opinion, Rating } from "./feedback.ts";
export type { HandoverEnd, HandoverRecord, HandoverStore } from "./handovers.ts";
export type { MediaFileKey, MediaFileStore } from "./media-files.ts";
export type { OutboxChange, OutboxStore } from "./outbox.ts";
export type { PeopleStore, PersonChange } from "./people.ts";
export type { PerformanceRecord, PerformanceStore, Resolution, TraceRecord } from "./performance.ts";
export type { DataSubject, PersonalDataStore } from "./personal-data.ts";
export type { PersonalHistoryStore } from "./personal-history.ts";
export { createDatabaseProbe, type DatabaseProbe } from "./probe.ts";
export type {
  FlowFrame,
  FlowPosition,
  MessageRecord,
  OutboxRecord,
  PersonFields,
  PersonRecord,
  SessionRecord,
  UpdateRecord,
} from "./records.ts";
export type { RetentionLimits, RetentionStore } from "./retention.ts";
export type { SandboxEntry, SandboxStore } from "./sandbox.ts";
export { openStore, type Store, type StoreOptions } from "./store.ts";
export type { ArrivedUpdate, UpdateChange, UpdateStore } from "./updates.ts";
export type { UsageStore, UsageTotals } from "./usage.ts";
