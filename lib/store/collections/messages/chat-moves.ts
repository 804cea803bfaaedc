import type { Collection, Db } from "mongodb";
import { monitored } from "../../monitored.ts";

/** A group that became a supergroup. `_id` is its old id; kept for good, since nothing says when it is last used. */
export interface ChatMoveRecord {
  _id: number;
  toChatId: number;
  at: Date;
}

/** Groups that became supergroups. */
export interface ChatMoveStore {
  all(): Promise<ChatMoveRecord[]>;
  /** Stores a move; repeating it changes nothing. */
  note(move: ChatMoveRecord): Promise<void>;
}

export function createChatMoveStore(db: Db): ChatMoveStore {
  const moves: Collection<ChatMoveRecord> = db.collection("chat_moves");
  return monitored("chat_moves", {
    all: () => moves.find().toArray(),
    async note({ _id, toChatId, at }) {
      await moves.updateOne({ _id }, { $setOnInsert: { toChatId, at } }, { upsert: true });
    },
  });
}
