/** Stored documents that several files of the store use. Those of one collection are declared beside its methods. */

/** One conversation of a chat; at most one per chat is active. */
export interface SessionRecord {
  /** `chatKey:startedSeq` */
  _id: string;
  chatKey: string;
  /** The person who opened it. */
  telegramUserId: number;
  isActive: boolean;
  /** The update that opened it. */
  startedSeq: number;
  startedAt: Date;
  endedAt?: Date;
  /** The last update that changed the flow position; only a later update may change it again. */
  lastSeq?: number;
  /** When somebody was last active in it, to within a day; at first, when it was opened. */
  lastAt?: Date;
  /** Summary of the messages since a time, up to and including an update. */
  summary?: { text: string; upToSeq: number; since: Date };
  /** How often somebody's words were erased from it: a summary that was begun before is not saved. */
  erasures?: number;
  /** The position in a flow. */
  flow?: FlowPosition;
  /** Changes of the profile by the update `lastSeq`, so that a repetition can complete them. */
  saved?: PersonFields & Pick<PersonRecord, "onboarding">;
}

/** The position of a person in a flow. */
export interface FlowPosition {
  /** A stack: the current flow is last, after the flows that started it, which go on when it ends. */
  frames: readonly FlowFrame[];
  /** It was interrupted and offered again; its answers are kept until it is resumed. */
  isStopped: boolean;
  /** When the position last changed. */
  at: Date;
}

/** One active flow. */
export interface FlowFrame {
  flow: string;
  version: string;
  /** The ask that awaits an answer; in a flow that started another, the node to continue with. */
  node: string;
  /** The kind of answer the ask awaits, such as `choice`. */
  expects?: string;
  /** Answers by the name they are saved under. */
  answers: Readonly<Record<string, string | number>>;
  /** The asks answered before, for "back". */
  trail: readonly string[];
}

/** One message of a text that Telegram cut. */
export interface MessagePart {
  telegramMessageId: number;
  text: string;
  /** Whether it was cut inside a line or a word, which goes on in the next one. */
  isCutInside?: true;
}

/** Tokens that one model used. */
export interface ModelTokens {
  model: string;
  prompt: number;
  output: number;
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
  /** Telegram's id of the person's message. */
  telegramMessageId?: number;
  /** The messages of a text that Telegram cut into several, in order. */
  parts?: readonly MessagePart[];
  /** The person forwarded it. */
  isForwarded?: true;
  /** A notice that a filter refused the question or its answer: neither goes to a model again. */
  isRefused?: true;
  /** Of a notice that stands where the answer would: the updates that withdrew the question. */
  withdrawnBy?: readonly number[];
  /** Sentences shown above and below an answer that are not part of it. */
  intro?: string;
  note?: string;
  at: Date;
  /** What wrote the answer. */
  origin?: "model" | "library";
  /** The id of the risk the model saw in the question. */
  risk?: string;
  /** The language of a question that this reply does not answer: nothing was found, or no page that was offered suited. */
  unanswered?: string;
  /** The library passages a notice offers to choose from. */
  choices?: readonly { passageId: string; title: string }[];
  /** The library passage that an answer shows. */
  passageId?: string;
  /** Titles of the pages an answer is based on. */
  sources?: readonly string[];
  tokens?: { prompt: number; output: number };
  /** What each call to a model for the question used, also one that failed or was stopped. */
  spent?: readonly ModelTokens[];
  /** The model that wrote an answer, such as `gemini-3.8-flash`. */
  model?: string;
  /** The parts of the time an answer took, in milliseconds. */
  latencyMs?: { wait?: number; firstText?: number; total: number };
}

/** What people may tell about themselves. */
export interface PersonFields {
  /** The code of the chosen language. */
  language?: string;
  ageGroup?: "under-18" | "18-or-over";
  /** The topic they are interested in. */
  topic?: string;
  name?: string;
  region?: string;
}

/** A person's profile. `_id` is the Telegram user id. Changed from the private chat only. */
export interface PersonRecord extends PersonFields {
  _id: number;
  /** Whether the flow for new people was offered, declined or finished, and by which update. */
  onboarding?: { state: "offered" | "declined" | "done"; seq: number };
  /** The person blocked the bot. */
  blocked?: boolean;
  /** They sent /stop and have not written since. */
  hasLeft?: boolean;
  /** When they first and last wrote to the bot in private; the last time to within a day. */
  firstSeenAt?: Date;
  lastSeenAt?: Date;
  /** The number of questions asked in private, and the update of the last one counted. */
  questions?: number;
  lastQuestionSeq?: number;
  /** When they were told that the day's questions are used up, and the update that was answered with it. */
  dayLimitTold?: { seq: number; at: Date };
  /** An operator banned them; `toldSeq` is the update that was answered with the news. */
  barred?: { at: Date; toldSeq?: number };
  /** The answer their next message is a comment on; `usedSeq` is the update with that message. */
  commentOn?: { answerSeq: number; until: Date; usedSeq?: number };
  /** Their latest conversation with the operators. */
  handover?: number;
}
