import type { Collection, Db } from "mongodb";
import { monitored } from "../../monitored.ts";
import type { MessageRecord } from "../../records.ts";
import type { FeedbackRecord } from "../people/feedback.ts";

/** A question that nothing answered. */
export interface UnansweredQuestion {
  telegramUserId: number;
  /** The language it was to be answered in. */
  language: string;
  text: string;
}

/** How often answers were based on a page, by its title, and how often people disliked them. */
export interface PageUse {
  title: string;
  answers: number;
  dislikes: number;
}

/** What people asked the library for. It reads what is kept of conversations, so it ends with them. */
export interface LibraryUseStore {
  /** The latest questions since a time that nothing answered. */
  unanswered(since: Date, limit: number): Promise<UnansweredQuestion[]>;
  /** The pages that answers since a time were based on. */
  pages(since: Date): Promise<PageUse[]>;
}

export function createLibraryUseStore(db: Db): LibraryUseStore {
  const messages: Collection<MessageRecord> = db.collection("messages");
  const feedback: Collection<FeedbackRecord> = db.collection("feedback");
  return monitored("library_use", {
    async unanswered(since, limit) {
      const replies = await messages
        .find({ at: { $gte: since }, unanswered: { $exists: true }, withdrawn: { $exists: false } })
        .sort({ at: -1 })
        .limit(limit)
        .toArray();
      const languages = new Map(replies.map(({ seq, unanswered = "" }) => [`${seq}:person`, unanswered]));
      const questions = await messages
        .find({ _id: { $in: [...languages.keys()] }, kind: "question" }) // an edited or cancelled one is none any more
        .toArray();
      return questions.map(({ _id, telegramUserId, text }) => ({
        telegramUserId,
        language: languages.get(_id) ?? "",
        text,
      }));
    },

    async pages(since) {
      const dislikes = new Map<number, number>();
      for await (const { answerSeq } of feedback.find({ at: { $gte: since }, thumb: "down" })) {
        dislikes.set(answerSeq, (dislikes.get(answerSeq) ?? 0) + 1);
      }
      const pages = new Map<string, PageUse>();
      const answers = messages.find({ at: { $gte: since }, sources: { $exists: true } });
      for await (const { seq, sources = [] } of answers) {
        for (const title of sources) {
          const page = pages.get(title) ?? { title, answers: 0, dislikes: 0 };
          page.answers += 1;
          page.dislikes += dislikes.get(seq) ?? 0;
          pages.set(title, page);
        }
      }
      return [...pages.values()];
    },
  });
}
