import type { Collection, Db } from "mongodb";
import { monitored } from "../../monitored.ts";
import { type CounterRecord, Sequence } from "../messages/sequence.ts";

/** The instance that works on a chat. `_id` is the chat's key. */
export interface ChatHomeRecord {
  _id: string;
  fence: number;
  owner: string;
  /** The record ages out from here. */
  at: Date;
}

/** Which instance works on which chat, where there are several. */
export interface ChatHomeStore {
  /** Makes the instance the home of a chat. @returns the fence of its claim; null when a later claim came before it */
  take(chatKey: string, owner: string, at: Date): Promise<number | null>;
  /** Whether there is no later claim on the chat. */
  isCurrent(chatKey: string, fence: number): Promise<boolean>;
}

export function createChatHomeStore(db: Db): ChatHomeStore {
  const homes: Collection<ChatHomeRecord> = db.collection("chat_homes");
  // One sequence for all chats: it goes on growing when the record of a chat is erased or has aged out.
  const fences = new Sequence(db.collection<CounterRecord>("counters"), "fence", { blockSize: 1 });
  return monitored("chat_homes", {
    async take(chatKey, owner, at) {
      const fence = await fences.take(1);
      const home = await homes.findOneAndUpdate(
        { _id: chatKey },
        { $max: { fence }, $set: { owner, at } },
        { upsert: true, returnDocument: "after" },
      );
      return home?.fence === fence ? fence : null;
    },
    async isCurrent(chatKey, fence) {
      return (await homes.findOne({ _id: chatKey, fence }, { projection: { _id: 1 } })) !== null;
    },
  });
}
