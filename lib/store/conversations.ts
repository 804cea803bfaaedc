import { type Collection, type Db, MongoServerError } from "mongodb";
import type { MessageRecord, SessionRecord } from "./records.ts";
import { createGroupedInsert } from "./writes.ts";

/** Whose conversation, and which update asks. */
export interface SessionRequest {
  chatKey: string;
  telegramUserId: number;
  seq: number;
  at: Date;
}

/** Sessions and their messages. Every call may be repeated for the same update without changing anything more. */
export interface ConversationStore {
  /** The active session of the chat, if there is one. */
  activeSession(chatKey: string): Promise<SessionRecord | null>;
  /** The active session of the chat; opened by this update where there is none. */
  currentSession(request: SessionRequest): Promise<SessionRecord>;
  /** Ends the session that was active before this update, and opens a fresh one. */
  newSession(request: SessionRequest): Promise<SessionRecord>;
  /** Adds a message to the history; answers false if this update added it already. */
  addMessage(message: MessageRecord): Promise<boolean>;
  /** What the bot replied to this update, if an earlier attempt got that far. */
  reply(seq: number): Promise<MessageRecord | null>;
  /** The last `limit` messages of a session before the update `seq`, oldest first. */
  history(sessionId: string, beforeSeq: number, limit: number): Promise<MessageRecord[]>;
}

/** The `_id` of a message: one per update and sender. */
export function messageId(seq: number, sender: MessageRecord["sender"]): string {
  return `${seq}:${sender}`;
}

export function createConversationStore(db: Db): ConversationStore {
  const sessions: Collection<SessionRecord> = db.collection("sessions");
  const messages: Collection<MessageRecord> = db.collection("messages");
  const addMessage = createGroupedInsert(messages);

  async function currentSession(request: SessionRequest): Promise<SessionRecord> {
    const { chatKey, telegramUserId, seq, at } = request;
    const active = await sessions.findOne({ chatKey, isActive: true });
    if (active) return active;
    const session: SessionRecord = {
      _id: `${chatKey}:${seq}`,
      chatKey,
      telegramUserId,
      isActive: true,
      startedSeq: seq,
      startedAt: at,
    };
    try {
      await sessions.insertOne(session);
      return session;
    } catch (error) {
      const other = isDuplicate(error) ? await sessions.findOne({ chatKey, isActive: true }) : null;
      if (other) return other;
      throw error;
    }
  }

  return {
    activeSession: (chatKey) => sessions.findOne({ chatKey, isActive: true }),
    currentSession,

    async newSession(request) {
      const { chatKey, seq, at } = request;
      await sessions.updateOne(
        { chatKey, isActive: true, startedSeq: { $lt: seq } },
        { $set: { isActive: false, endedAt: at } },
      );
      return currentSession(request);
    },

    addMessage,

    reply: (seq) => messages.findOne({ _id: messageId(seq, "bot") }),

    async history(sessionId, beforeSeq, limit) {
      const latest = await messages
        .find({ sessionId, seq: { $lt: beforeSeq } })
        .sort({ at: -1 })
        .limit(limit)
        .toArray();
      return latest.toSorted((a, b) => a.seq - b.seq || (a.sender === "person" ? -1 : 1));
    },
  };
}

function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 11000;
}
