import type { Collection, Db } from "mongodb";
import type { MessageRecord } from "../records.ts";

/** What one person asked, over all conversations. */
export interface PersonalHistoryStore {
  /** Their questions, newest first. */
  questions(telegramUserId: number, skip: number, limit: number): Promise<MessageRecord[]>;
  /** How many questions there are. */
  count(telegramUserId: number): Promise<number>;
  /** What the bot replied to a question; null when it did not get that far. */
  reply(question: MessageRecord): Promise<MessageRecord | null>;
  /**
   * How many questions they asked since, before the update `seq`, also those they took back or gave other words;
   * counts no further than `most`.
   */
  countSince(telegramUserId: number, since: Date, seq: number, most: number): Promise<number>;
  /** What the bot replied to an update, or the first of it; null when there is nothing, or no longer. */
  answerTo(seq: number): Promise<MessageRecord | null>;
  /** Whether the question of this update is kept. */
  hasQuestion(seq: number): Promise<boolean>;
}

export function createPersonalHistoryStore(db: Db): PersonalHistoryStore {
  const messages: Collection<MessageRecord> = db.collection("messages");
  return {
    questions: (telegramUserId, skip, limit) =>
      messages.find(questionsOf(telegramUserId)).sort({ at: -1 }).skip(skip).limit(limit).toArray(),
    count: (telegramUserId) => messages.countDocuments(questionsOf(telegramUserId)),
    reply: ({ _id }) => messages.findOne({ _id: _id.replace(":person", ":bot") }),
    countSince: (telegramUserId, since, seq, most) =>
      messages.countDocuments(
        { telegramUserId, sender: "person", at: { $gte: since }, seq: { $lt: seq } },
        { limit: most },
      ),
    answerTo: (seq) => messages.findOne({ _id: { $gte: `${seq}:bot`, $lt: `${seq}:bot;` } }), // ";" follows ":"
    hasQuestion: async (seq) => (await messages.findOne({ _id: `${seq}:person` })) !== null,
  };
}

function questionsOf(telegramUserId: number) {
  return { telegramUserId, kind: "question" as const };
}
