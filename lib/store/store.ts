import { type Clock, type Measure, unmeasured } from "../core/index.ts";
import { type ClientOptions, connect, type PoolStats } from "./client.ts";
import { type AnswerCacheStore, createAnswerCacheStore } from "./collections/answer-cache.ts";
import { type BroadcastStore, createBroadcastStore } from "./collections/broadcasts.ts";
import { type ConversationStore, createConversationStore } from "./collections/conversations.ts";
import { createFeedbackStore, type FeedbackStore } from "./collections/feedback.ts";
import { createHandoverStore, type HandoverStore } from "./collections/handovers.ts";
import { createMediaFileStore, type MediaFileStore } from "./collections/media-files.ts";
import { createOutboxStore, type OutboxStore } from "./collections/outbox.ts";
import { createPeopleStore, type PeopleStore } from "./collections/people.ts";
import { createPerformanceStore, type PerformanceStore } from "./collections/performance.ts";
import { createSandboxStore, type SandboxStore } from "./collections/sandbox.ts";
import { createUpdateStore, type UpdateStore } from "./collections/updates.ts";
import { createUsageStore, type UsageStore } from "./collections/usage.ts";
import { measured } from "./measured.ts";
import { migrate } from "./migrations.ts";
import { createErasureStore, type ErasureStore } from "./privacy/erasures.ts";
import { createPersonalDataStore, type PersonalDataStore } from "./privacy/personal-data.ts";
import { createPersonalHistoryStore, type PersonalHistoryStore } from "./privacy/personal-history.ts";
import { createRetentionStore, type RetentionStore } from "./privacy/retention.ts";

export interface StoreOptions extends ClientOptions {
  database: string;
  clock: Clock;
  /** Records every call of the store, as its caller waits for it. */
  measure?: Measure;
}

/** Everything Helpline keeps, over one client and its pool. */
export interface Store {
  updates: UpdateStore;
  outbox: OutboxStore;
  conversations: ConversationStore;
  people: PeopleStore;
  answerCache: AnswerCacheStore;
  usage: UsageStore;
  mediaFiles: MediaFileStore;
  feedback: FeedbackStore;
  handovers: HandoverStore;
  broadcasts: BroadcastStore;
  erasures: ErasureStore;
  personalData: PersonalDataStore;
  personalHistory: PersonalHistoryStore;
  retention: RetentionStore;
  performance: PerformanceStore;
  /** The simulated Telegram's own database. */
  sandbox: SandboxStore;
  pool(): PoolStats;
  close(): Promise<void>;
}

/**
 * Connects, brings the schema up to date, and opens the store.
 * @throws AppError DATABASE_UNREACHABLE
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { client, pool } = await connect(options);
  try {
    const db = client.db(options.database);
    await migrate(db, options.clock);
    const { measure = unmeasured } = options;
    return {
      updates: measured("updates", createUpdateStore(db), measure),
      outbox: measured("outbox", createOutboxStore(db), measure),
      answerCache: measured("answer_cache", createAnswerCacheStore(db), measure),
      conversations: measured("conversations", createConversationStore(db), measure),
      mediaFiles: measured("media_files", createMediaFileStore(db), measure),
      people: measured("people", createPeopleStore(db), measure),
      usage: measured("usage", createUsageStore(db), measure),
      feedback: measured("feedback", createFeedbackStore(db), measure),
      handovers: measured("handovers", createHandoverStore(db), measure),
      broadcasts: measured("broadcasts", createBroadcastStore(db), measure),
      erasures: measured("erasures", createErasureStore(db), measure),
      personalData: measured("personal_data", createPersonalDataStore(db), measure),
      personalHistory: measured("personal_history", createPersonalHistoryStore(db), measure),
      retention: createRetentionStore(db),
      performance: createPerformanceStore(db),
      sandbox: createSandboxStore(client.db(`${options.database}_sandbox`)),
      pool,
      close: () => client.close(),
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
