/** The documents as they stand in MongoDB; every other file of the store reads and writes these. */

/** One update Telegram handed us. `_id` is `botId:updateId`, so the same update is never stored twice. */
export interface UpdateRecord {
  _id: string;
  botId: number;
  chatKey: string;
  /** The order of arrival, over all chats. */
  seq: number;
  state: "received" | "processing" | "done" | "dead";
  /** How often it was begun; an attempt that waited or was stopped cleanly is given back. */
  attempts: number;
  /** Not to be tried again before this time. */
  notBefore?: Date;
  /** The ids of the updates that are handled with this one: the other pictures of an album. */
  joined?: readonly string[];
  /** The update as JSON; dropped when it is settled. */
  payload?: string;
  receivedAt: Date;
  settledAt?: Date;
}

/** One conversation of a chat; at most one per chat is active. */
export interface SessionRecord {
  /** `chatKey:startedSeq` */
  _id: string;
  chatKey: string;
  /** Who opened it. */
  telegramUserId: number;
  isActive: boolean;
  /** The update that opened it. */
  startedSeq: number;
  startedAt: Date;
  endedAt?: Date;
  /** The last update that moved the session on; an update that is not later changes nothing more. */
  lastSeq?: number;
  /** When somebody was last active in it, to within a day; before that, when it was opened. */
  lastAt?: Date;
  /** What was said since a time, up to and with an update, in short. */
  summary?: { text: string; upToSeq: number; since: Date };
  /** Where the person is in a flow. */
  flow?: FlowPosition;
  /** What the update `lastSeq` changed about the person, so that a repetition can complete it. */
  saved?: PersonFields & Pick<PersonRecord, "onboarding">;
}

/** Where a person is in a guided conversation. */
export interface FlowPosition {
  /** The flow in hand last; before it those that started it, which go on when it ends. */
  frames: readonly FlowFrame[];
  /** It was stopped half-way and offered again; its answers are kept for when it goes on. */
  isStopped: boolean;
  /** When it was last moved on. */
  at: Date;
}

/** One flow under way. */
export interface FlowFrame {
  flow: string;
  version: string;
  /** The ask whose answer is awaited; in a flow that started another, the node to go on with. */
  node: string;
  /** What the ask awaits, such as `choice`. */
  expects?: string;
  /** Answers by the name they are kept under. */
  answers: Readonly<Record<string, string | number>>;
  /** The asks answered before, for the way back. */
  trail: readonly string[];
}

/** One message of the history. `_id` is `seq:sender`, so a replayed update adds nothing. */
export interface MessageRecord {
  _id: string;
  seq: number;
  sessionId: string;
  chatKey: string;
  telegramUserId: number;
  sender: "person" | "bot";
  /** A `notice` (an apology, a refusal) is shown to the person but is never an answer. */
  kind: "question" | "answer" | "notice";
  text: string;
  /** The person's message, as Telegram numbers the messages of a chat. */
  telegramMessageId?: number;
  /** Sentences shown above and below an answer that are no part of it. */
  intro?: string;
  note?: string;
  at: Date;
  /** Where an answer came from. */
  origin?: "model" | "library";
  /** The id of the danger the model saw in the question. */
  risk?: string;
  /** Titles of the pages an answer rests on. */
  sources?: readonly string[];
  tokens?: { prompt: number; output: number };
  /** The model that wrote an answer, such as `gemini-3.8-flash`. */
  model?: string;
  /** Where the time of an answer went, in milliseconds. */
  latencyMs?: { wait?: number; firstText?: number; total: number };
}

/** What people may say of themselves. */
export interface PersonFields {
  /** The code of the language they chose. */
  language?: string;
  ageGroup?: "under-18" | "18-or-over";
  /** What they are interested in. */
  topic?: string;
  name?: string;
  region?: string;
}

/** What is known about a person. `_id` is the Telegram user id. Changed from the private chat only. */
export interface PersonRecord extends PersonFields {
  _id: number;
  /** Whether the flow for new people was offered, stopped or finished, and by which update. */
  onboarding?: { state: "offered" | "declined" | "done"; seq: number };
  /** The person blocked the bot. */
  blocked?: boolean;
  /** They sent /stop, and have not come back since. */
  hasLeft?: boolean;
  /** When they first wrote to the bot in private, and when they did last, to within a day. */
  firstSeenAt?: Date;
  lastSeenAt?: Date;
  /** How many questions they asked in private, and the update of the last one counted. */
  questions?: number;
  lastQuestionSeq?: number;
  /** When they were told that the day's questions are used up, and in reply to which update. */
  dayLimitTold?: { seq: number; at: Date };
  /** An operator keeps them from the bot; `toldSeq` is the update that was answered with that. */
  barred?: { at: Date; toldSeq?: number };
  /** The answer their next message is a comment on; `usedSeq` is the update that was that message. */
  commentOn?: { answerSeq: number; until: Date; usedSeq?: number };
  /** The conversation with the operators they had last. */
  handover?: number;
}

/** A counter: the last number given out. */
export interface CounterRecord {
  _id: string;
  value: number;
}

/** One send to Telegram. `_id` is `seq:step`, so a replayed update sends nothing twice. */
export interface OutboxRecord {
  _id: string;
  botId: number;
  /** The update that is answered, and which of its sends this is. */
  seq: number;
  step: number;
  chatKey: string;
  chatId: number;
  /** The Bot API method, and its parameters; these are dropped when the send is settled. */
  method: string;
  params: Record<string, unknown>;
  /** The record whose message this one edits, if that one was sent; otherwise this is sent as a message of its own. */
  edits?: string;
  /** An early view of an answer: sent only if it can go at once, and never again after an unclear outcome. */
  preview?: true;
  /** `sending`: may be on its way; `unknown`: may have arrived; `sent` and `failed` are settled. */
  state: "pending" | "sending" | "sent" | "failed" | "unknown";
  attempts: number;
  messageId?: number;
  errorCode?: string;
  createdAt: Date;
  settledAt?: Date;
}

/** A file of the media folder that Telegram has. `_id` is `botId:hash:kind`, so an edited file is another one. */
export interface MediaFileRecord {
  _id: string;
  botId: number;
  /** SHA-256 of the content, in hexadecimal digits. */
  hash: string;
  /** What it was sent as, such as `photo`. */
  kind: string;
  fileId: string;
  /** When it was sent; it ages out, and the file is then uploaded again. */
  at: Date;
}

/** What one model was used for on one of Google's days. `_id` is `day:model`. */
export interface UsageRecord {
  _id: string;
  /** Such as `2026-11-22`: midnight to midnight in California. */
  day: string;
  model: string;
  requests: number;
  promptTokens: number;
  /** The model's thoughts are part of them. */
  outputTokens: number;
  /** What was taken of the quotas of a minute when it was last counted. */
  lastMinute?: { at: Date; requests: number; promptTokens: number };
  /** It ages out from here. */
  startedAt: Date;
}
