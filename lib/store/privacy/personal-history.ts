import type { Collection, Db } from "mongodb";
import { monitored } from "../monitored.ts";
import type { MessageRecord, ModelTokens } from "../records.ts";

/** The questions of one person, over all conversations. */
export interface PersonalHistoryStore {
  /** Their questions, newest first. */
  questions(telegramUserId: number, skip: number, limit: number): Promise<MessageRecord[]>;
  /** How many questions there are. */
  count(telegramUserId: number): Promise<number>;
  /** The bot's reply to a question, or null. */
  reply(question: MessageRecord): Promise<MessageRecord | null>;
  /**
   * The number of questions since a time and before the update `seq`, withdrawn and edited ones included; counts no
   * further than `most`.
   */
  countSince(telegramUserId: number, since: Date, seq: number, most: number): Promise<number>;
  /** The tokens spent on their questions since a time and before the update `seq`, by model. */
  tokensSince(telegramUserId: number, since: Date, seq: number): Promise<ModelTokens[]>;
  /** The bot's first reply to an update, or null if there is none or it was erased. */
  answerTo(seq: number): Promise<MessageRecord | null>;
  /** Whether the question of this update is stored. */
  hasQuestion(seq: number): Promise<boolean>;
}

export function createPersonalHistoryStore(db: Db): PersonalHistoryStore {
  const messages: Collection<MessageRecord> = db.collection("messages");
  return monitored("personal_history", {
    questions: (telegramUserId, skip, limit) =>
      messages.find(questionsOf(telegramUserId)).sort({ seq: -1 }).skip(skip).limit(limit).toArray(),
    count: (telegramUserId) => messages.countDocuments(questionsOf(telegramUserId)),
    reply: ({ _id }) => messages.findOne({ _id: _id.replace(":person", ":bot") }),
    countSince: (telegramUserId, since, seq, most) =>
      messages.countDocuments(
        { telegramUserId, sender: "person", at: { $gte: since }, seq: { $lt: seq } },
        { limit: most },
      ),
    async tokensSince(telegramUserId, since, seq) {
      const replies = { telegramUserId, sender: "bot", at: { $gte: since }, seq: { $lt: seq } };
      const sums = { prompt: { $sum: "$spent.prompt" }, output: { $sum: "$spent.output" } };
      const found = await messages
        .aggregate<Omit<ModelTokens, "model"> & { _id: string }>([
          { $match: { ...replies, spent: { $exists: true } } },
          { $unwind: "$spent" },
          { $group: { _id: "$spent.model", ...sums } },
        ])
        .toArray();
      return found.map(({ _id, prompt, output }) => ({ model: _id, prompt, output }));
    },
    answerTo: (seq) => messages.findOne({ _id: { $gte: `${seq}:bot`, $lt: `${seq}:bot;` } }), // ";" follows ":"
    hasQuestion: async (seq) => (await messages.findOne({ _id: `${seq}:person` })) !== null,
  });
}

function questionsOf(telegramUserId: number) {
  return { telegramUserId, kind: "question" as const };
}
