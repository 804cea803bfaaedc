export { type DriverObserver, isDatabaseOutage, type PoolStats } from "./client.ts";
export { type ConversationStore, messageId, type SessionRequest } from "./conversations.ts";
export type { OutboxChange, OutboxStore } from "./outbox.ts";
export type { PeopleStore, PersonChange } from "./people.ts";
export type { PerformanceRecord, PerformanceStore, Resolution, TraceRecord } from "./performance.ts";
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
export type { SandboxEntry, SandboxStore } from "./sandbox.ts";
export { openStore, type Store, type StoreOptions } from "./store.ts";
export type { ArrivedUpdate, UpdateChange, UpdateStore } from "./updates.ts";
