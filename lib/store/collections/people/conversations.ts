import { type Collection, type Db, MongoServerError } from "mongodb";
import { AppError } from "../../../core/index.ts";
import { createGroupedFind } from "../../batching/reads.ts";
import { createGroupedInsert } from "../../batching/writes.ts";
import { monitored } from "../../monitored.ts";
import type { FlowPosition, MessageRecord, SessionRecord } from "../../records.ts";

/** Identifies a conversation, and the update that needs it. */
export interface SessionRequest {
  chatKey: string;
  telegramUserId: number;
  seq: number;
  at: Date;
}

/** What an update changes about a session. */
export interface SessionMove {
  /** The new position; null when the person is in no flow. */
  flow: FlowPosition | null;
  /** Changes of the person's profile, kept so that a repetition can complete them. */
  saved: NonNullable<SessionRecord["saved"]>;
}

/** Sessions and their messages. Every call may be repeated for the same update. */
export interface ConversationStore {
  /** The active session of the chat, or null. */
  activeSession(chatKey: string): Promise<SessionRecord | null>;
  /** The active session of the chat; this update opens one if there is none. */
  currentSession(request: SessionRequest): Promise<SessionRecord>;
  /** Ends the session that was active before this update, and opens a new one, optionally in a flow. */
  newSession(request: SessionRequest, flow?: FlowPosition): Promise<SessionRecord>;
  /** Ends the session that was active before this update. */
  endSession(request: Pick<SessionRequest, "chatKey" | "seq" | "at">): Promise<void>;
  /** Moves the active session to another chat: a group that became a supergroup has another id. */
  moveChat(fromKey: string, toKey: string, at: Date): Promise<void>;
  /** Records that somebody was active in a session. */
  touch(sessionId: string, at: Date): Promise<void>;
  /** Changes the flow position, unless this update or a later one did. */
  moveSession(sessionId: string, seq: number, move: SessionMove): Promise<void>;
  /**
   * Replaces the summary of an active session, unless another one was saved, or somebody's words were erased, since the
   * session was read.
   */
  saveSummary(
    read: Pick<SessionRecord, "_id" | "summary" | "erasures">,
    summary: NonNullable<SessionRecord["summary"]>,
  ): Promise<void>;
  /** Adds a message to the history. @returns false if this update added it already */
  addMessage(message: MessageRecord): Promise<boolean>;
  /** The bot's reply to this update, if an earlier attempt got that far. */
  reply(seq: number, part?: number): Promise<MessageRecord | null>;
  /** The latest question before an update that was asked in a message, by Telegram's message id. */
  questionAt(where: { chatKey: string; messageId: number; beforeSeq: number }): Promise<MessageRecord | null>;
  /** Turns a question and its answer into notices: they were shown, but no longer count as question and answer. */
  withdraw(seq: number): Promise<void>;
  /** Records that the reply to an update left its question, asked in this language, without an answer. */
  markUnanswered(seq: number, language: string): Promise<void>;
  /** Whether a question of the session says that it was withdrawn by an update. */
  wasWithdrawnBy(sessionId: string, seq: number): Promise<boolean>;
  /** The last `limit` messages of a session before the update `seq`, oldest first. */
  history(sessionId: string, beforeSeq: number, limit: number): Promise<MessageRecord[]>;
}

/**
 * The `_id` of a message: one per update and sender.
 * @param part distinguishes the questions of a flow that one update led to; the first is 0
 */
export function messageId(seq: number, sender: MessageRecord["sender"], part = 0): string {
  return part === 0 ? `${seq}:${sender}` : `${seq}:${sender}:${part}`;
}

export function createConversationStore(db: Db): ConversationStore {
  const sessions: Collection<SessionRecord> = db.collection("sessions");
  const messages: Collection<MessageRecord> = db.collection("messages");
  const addMessage = createGroupedInsert(messages);
  const addSession = createGroupedInsert(sessions);
  const activeSession = createGroupedFind(sessions, "chatKey", { isActive: true });

  async function currentSession(request: SessionRequest, flow?: FlowPosition): Promise<SessionRecord> {
    const { chatKey, telegramUserId, seq, at } = request;
    const session: SessionRecord = {
      _id: `${chatKey}:${seq}`,
      chatKey,
      telegramUserId,
      isActive: true,
      startedSeq: seq,
      startedAt: at,
      ...(flow ? { flow } : {}),
    };
    if (await addSession(session)) return session; // a unique index allows one active session a chat
    // The one that this update opened may have ended meanwhile, as when its group moved: a repetition goes on in it.
    const known = (await activeSession(chatKey)) ?? (await sessions.findOne({ _id: session._id }));
    if (known) return known;
    throw new AppError("The session that was active has ended meanwhile", { code: "SESSION_ENDED" });
  }

  async function endSession({
    chatKey,
    seq,
    at,
  }: Pick<SessionRequest, "chatKey" | "seq" | "at">): Promise<void> {
    await sessions.updateOne(
      { chatKey, isActive: true, startedSeq: { $lt: seq } },
      { $set: { isActive: false, endedAt: at }, $unset: { flow: "" } },
    );
  }

  return monitored("conversations", {
    activeSession,
    currentSession: (request) => currentSession(request),
    endSession,

    async newSession(request, flow) {
      await endSession(request);
      return currentSession(request, flow);
    },

    async touch(sessionId, at) {
      await sessions.updateOne({ _id: sessionId }, { $max: { lastAt: at } });
    },

    async moveSession(sessionId, seq, { flow, saved }) {
      await sessions.updateOne(
        { _id: sessionId, $or: [{ lastSeq: { $exists: false } }, { lastSeq: { $lt: seq } }] },
        {
          $set: { lastSeq: seq, saved, ...(flow ? { flow } : {}) },
          ...(flow ? {} : { $unset: { flow: "" as const } }),
        },
      );
    },

    async moveChat(fromKey, toKey, at) {
      const moved = { chatKey: fromKey, isActive: true };
      try {
        await sessions.updateOne(moved, { $set: { chatKey: toKey } });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        // The new chat has a session already: somebody asked there before the move was known.
        await sessions.updateOne(moved, { $set: { isActive: false, endedAt: at } });
      }
    },

    async saveSummary({ _id, summary: previous, erasures }, summary) {
      const isUnchanged = {
        ...(previous ? { "summary.upToSeq": previous.upToSeq } : { summary: { $exists: false } }),
        erasures: erasures ?? { $exists: false },
      };
      await sessions.updateOne({ _id, isActive: true, ...isUnchanged }, { $set: { summary } });
    },

    addMessage,

    reply: (seq, part) => messages.findOne({ _id: messageId(seq, "bot", part) }),

    async questionAt({ chatKey, messageId: telegramMessageId, beforeSeq }) {
      const [latest] = await messages
        .find({
          chatKey,
          $or: [{ telegramMessageId }, { "parts.telegramMessageId": telegramMessageId }],
          seq: { $lt: beforeSeq },
        })
        .sort({ seq: -1 })
        .limit(1)
        .toArray();
      return latest ?? null;
    },

    async withdraw(seq) {
      const ids = [messageId(seq, "person"), messageId(seq, "bot")];
      await messages.updateMany({ _id: { $in: ids } }, { $set: { kind: "notice" } });
    },

    async markUnanswered(seq, language) {
      await messages.updateOne({ _id: messageId(seq, "bot") }, { $set: { unanswered: language } });
    },

    async wasWithdrawnBy(sessionId, seq) {
      return (await messages.findOne({ sessionId, withdrawnBy: seq })) !== null;
    },

    async history(sessionId, beforeSeq, limit) {
      const latest = await messages
        .find({ sessionId, seq: { $lt: beforeSeq } })
        .sort({ seq: -1, _id: 1 }) // of one update the reply comes first, as "bot" before "person"
        .limit(limit)
        .toArray();
      return latest.toSorted((a, b) => a.seq - b.seq || (a.sender === "person" ? -1 : 1));
    },
  });
}

function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 11000;
}
