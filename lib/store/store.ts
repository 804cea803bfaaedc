import type { Db } from "mongodb";
import { type Clock, createPseudonyms, type Pseudonym } from "../core/index.ts";
import type { SandboxStorage } from "../sandbox/index.ts";
import { type ClientOptions, connect } from "./client.ts";
import { type AnswerCacheStore, createAnswerCacheStore } from "./collections/answers/answer-cache.ts";
import { createLibraryUseStore, type LibraryUseStore } from "./collections/answers/library-use.ts";
import { createMediaFileStore, type MediaFileStore } from "./collections/answers/media-files.ts";
import { createUsageStore, type UsageStore } from "./collections/answers/usage.ts";
import { type ChatHomeStore, createChatHomeStore } from "./collections/instances/chat-homes.ts";
import { installationSecret } from "./collections/instances/installation.ts";
import { createInstanceStore, type InstanceStore } from "./collections/instances/instances.ts";
import { createLeaseStore, type LeaseStore } from "./collections/instances/leases.ts";
import { type BroadcastStore, createBroadcastStore } from "./collections/messages/broadcasts.ts";
import { type ChatMoveStore, createChatMoveStore } from "./collections/messages/chat-moves.ts";
import { createOutboxStore, type OutboxStore } from "./collections/messages/outbox.ts";
import { createUpdateStore, type UpdateStore } from "./collections/messages/updates.ts";
import { type ConversationStore, createConversationStore } from "./collections/people/conversations.ts";
import { createDangerReportStore, type DangerReportStore } from "./collections/people/danger-reports.ts";
import { createFeedbackStore, type FeedbackStore } from "./collections/people/feedback.ts";
import { createHandoverStore, type HandoverStore } from "./collections/people/handovers.ts";
import { createPeopleStore, type PeopleStore } from "./collections/people/people.ts";
import { createPerformanceStore, type PerformanceStore } from "./collections/performance.ts";
import { createSandboxStore } from "./collections/sandbox.ts";
import type { PoolStats } from "./driver-observer.ts";
import { inTurn } from "./migration-turn.ts";
import { migrate } from "./migrations.ts";
import { createErasureStore, type ErasureStore } from "./privacy/erasures.ts";
import { createPersonalDataStore, type PersonalDataStore } from "./privacy/personal-data.ts";
import { createPersonalHistoryStore, type PersonalHistoryStore } from "./privacy/personal-history.ts";
import { createRetentionStore, type RetentionStore } from "./privacy/retention.ts";

export interface StoreOptions extends ClientOptions {
  database: string;
  clock: Clock;
  /** Whether other instances use the database, too. */
  isShared?: boolean;
  /** Rewrites the database's file without what was deleted; not given for a MongoDB server, which decides that itself. */
  rewrite?: (() => Promise<void>) | undefined;
}

/** Everything Helpline keeps, over one client and its pool. */
export interface Store {
  updates: UpdateStore;
  outbox: OutboxStore;
  chatHomes: ChatHomeStore;
  leases: LeaseStore;
  instances: InstanceStore;
  conversations: ConversationStore;
  chatMoves: ChatMoveStore;
  people: PeopleStore;
  dangerReports: DangerReportStore;
  answerCache: AnswerCacheStore;
  usage: UsageStore;
  mediaFiles: MediaFileStore;
  feedback: FeedbackStore;
  libraryUse: LibraryUseStore;
  handovers: HandoverStore;
  broadcasts: BroadcastStore;
  erasures: ErasureStore;
  personalData: PersonalDataStore;
  personalHistory: PersonalHistoryStore;
  retention: RetentionStore;
  performance: PerformanceStore;
  /** The simulated Telegram has a database of its own. */
  sandbox: SandboxStorage;
  /** Names chats in logs, metrics and traces; the same for all who share the database. */
  pseudonym: Pseudonym;
  pool(): PoolStats;
  close(): Promise<void>;
}

/**
 * Connects, brings the schema up to date, and opens the store.
 * @throws OperatorError DATABASE_UNREACHABLE, DATABASE_REFUSED or MONGODB_URI
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { client, pool } = await connect(options);
  try {
    const db = client.db(options.database);
    await (options.isShared
      ? inTurn(db, options.clock, () => migrate(db, options.clock))
      : migrate(db, options.clock));
    const pseudonym = createPseudonyms(await installationSecret(db));
    const sandbox = client.db(`${options.database}_sandbox`);
    const stores = storesOf(db, sandbox, { ...options, pseudonym });
    return { ...stores, pool, close: () => client.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** The collections of a database that is ready, and those of the simulated Telegram. */
export function storesOf(
  db: Db,
  sandbox: Db,
  options: Pick<StoreOptions, "isShared" | "rewrite"> & { pseudonym: Pseudonym },
): Omit<Store, "pool" | "close"> {
  return {
    updates: createUpdateStore(db, options),
    outbox: createOutboxStore(db),
    chatHomes: createChatHomeStore(db),
    leases: createLeaseStore(db),
    instances: createInstanceStore(db),
    conversations: createConversationStore(db),
    chatMoves: createChatMoveStore(db),
    people: createPeopleStore(db),
    dangerReports: createDangerReportStore(db),
    answerCache: createAnswerCacheStore(db),
    usage: createUsageStore(db),
    mediaFiles: createMediaFileStore(db),
    feedback: createFeedbackStore(db),
    libraryUse: createLibraryUseStore(db),
    handovers: createHandoverStore(db),
    broadcasts: createBroadcastStore(db),
    erasures: createErasureStore(db),
    personalData: createPersonalDataStore(db, options),
    personalHistory: createPersonalHistoryStore(db),
    retention: createRetentionStore(db),
    performance: createPerformanceStore(db),
    sandbox: createSandboxStore(sandbox),
    pseudonym: options.pseudonym,
  };
}
