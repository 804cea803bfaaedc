import type { IndexDescription } from "mongodb";

export const DAY_S = 24 * 60 * 60;

/**
 * The indexes of the newest schema by their collection, with which a new database begins. Older ones come to the same by
 * the migrations.
 */
export const INDEXES: Readonly<Record<string, IndexDescription[]>> = {
  updates: [
    { key: { state: 1, chatKey: 1, seq: 1 } },
    { key: { settledAt: 1 }, expireAfterSeconds: 2 * DAY_S },
  ],
  outbox: [{ key: { state: 1, chatKey: 1 } }, { key: { settledAt: 1 } }],
  sessions: [
    { key: { chatKey: 1 }, unique: true, partialFilterExpression: { isActive: true } },
    { key: { telegramUserId: 1, isActive: 1 } },
    { key: { endedAt: 1 } },
  ],
  messages: [
    { key: { sessionId: 1, sender: 1 } },
    { key: { sessionId: 1, seq: -1, _id: 1 } },
    { key: { chatKey: 1, telegramMessageId: 1 } },
    { key: { chatKey: 1, "parts.telegramMessageId": 1 } },
    { key: { telegramUserId: 1, at: -1 } },
    { key: { telegramUserId: 1, seq: -1 } },
    { key: { at: 1 } },
  ],
  feedback: [{ key: { telegramUserId: 1 } }, { key: { at: 1 } }],
  handovers: [
    { key: { telegramUserId: 1 } },
    { key: { seqs: 1 } },
    { key: { messages: 1 } },
    { key: { isOpen: 1, lastAt: 1 } },
    { key: { endedAt: 1 }, expireAfterSeconds: 30 * DAY_S },
  ],
  danger_reports: [
    { key: { chatKey: 1, telegramUserId: 1 } },
    { key: { messageSeq: 1 } },
    { key: { lastAt: 1 }, expireAfterSeconds: 2 * DAY_S },
  ],
  broadcasts: [
    { key: { state: 1 } },
    { key: { isEndTold: 1 } },
    { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  ],
  // Telegram keeps updates for a day, and settled ones age out after two: nothing older can still arrive.
  erasures: [{ key: { finishedAt: 1 }, expireAfterSeconds: 3 * DAY_S }],
  answer_cache: [{ key: { askedBy: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
  media_files: [{ key: { at: 1 }, expireAfterSeconds: 90 * DAY_S }],
  usage: [{ key: { day: 1 } }, { key: { startedAt: 1 }, expireAfterSeconds: 400 * DAY_S }],
  performance: [{ key: { minute: 1 }, expireAfterSeconds: 2 * DAY_S }],
  performance_hours: [{ key: { minute: 1 }, expireAfterSeconds: 30 * DAY_S }],
  performance_days: [{ key: { minute: 1 }, expireAfterSeconds: 365 * DAY_S }],
  traces: [{ key: { at: 1 }, expireAfterSeconds: 30 * DAY_S }, { key: { chat: 1 } }],
  chat_homes: [{ key: { at: 1 }, expireAfterSeconds: 2 * DAY_S }],
  instances: [{ key: { at: 1 }, expireAfterSeconds: DAY_S }],
};
