import type { Passage } from "../content/index.ts";
import type { Risk } from "../risk/index.ts";

/** One turn of the conversation so far. */
export interface Turn {
  sender: "person" | "bot";
  text: string;
}

/** A file that belongs to a question. It is on disk; the caller removes it. */
export interface Attachment {
  path: string;
  /** Such as `image/jpeg` or `audio/ogg`. */
  mimeType: string;
  sizeBytes: number;
}

/** What the person said about themselves that may change how an answer is worded. */
export interface AskerProfile {
  ageGroup?: "under-18" | "18-or-over";
  topic?: string;
}

/** How long a question is expected to wait for the model. */
export interface Wait {
  /** The place in the queue, counted from 1. */
  place: number;
  estimatedMs: number;
}

/** Called around each wait for the model. A rejection ends the question. */
export interface QueueCallbacks {
  /** Called when it must wait, at first or before a retry. `onStarted` follows, or the end. */
  onQueued?(): Promise<void>;
  /** Called, and awaited, before each call to the model, after `onQueued` has settled. */
  onStarted?(): Promise<void>;
}

/** Progress of an answer. */
export interface AnswerCallbacks extends QueueCallbacks {
  /** Called when the wait is expected to pass 5 s, and again, rarely, as it changes. */
  onWaiting?(wait: Wait): void;
  /** Called once when the first word takes long. */
  onThinking?(): void;
  /** Called with the answer's Markdown so far; a retry may start over. */
  onText?(markdownSoFar: string): void;
  /** Called after each call to a model that used tokens, whatever became of it, before the question ends. */
  onUsage?(usage: CallUsage): void;
}

/** A message that a question refers to. */
export interface QuotedMessage {
  /** Who wrote it: the bot, the person who asks, or somebody else. */
  from: "bot" | "asker" | "somebody";
  text: string;
}

/** A question, the context its answer needs, and callbacks for its progress. */
export interface Question extends AnswerCallbacks {
  text: string;
  /** The person's language, such as `fr`. */
  language: string;
  /** The conversation before this question, oldest first. */
  history: readonly Turn[];
  /** Summary of what was said before `history`. */
  summary?: string;
  /** Pictures, voice messages and other files of the question. */
  attachments?: readonly Attachment[];
  /** The message the question replies to, or the part of it that the person quoted. */
  quoted?: QuotedMessage;
  /** The question is a message of somebody else that the person forwarded or pointed to. */
  isBySomebodyElse?: boolean;
  profile?: AskerProfile;
  /** The question is about what is stored of the person: its answer is never cached. */
  isPersonal?: boolean;
  /** The asker's part of the budget is used up: no model is asked. */
  isOverBudget?: boolean;
  /** The asker's Telegram user id: a cached answer is stored under it and erased with the person's data. */
  askedBy?: number;
  /** Among questions that wait for the model, the lowest goes first. */
  order?: number;
  /** How many places of `order` are a penalty; none when missing. */
  penalty?: number;
  /** Ends the question at once: in the queue, in a pause before a retry, or in its HTTP request. */
  signal: AbortSignal;
}

/** A page of the library that an answer rests on. */
export interface Source {
  pageId: string;
  title: string;
  language: string;
}

/** Why the library answers instead of the model. */
export type LibraryReason =
  | "no-model"
  | "under-18"
  | "model-busy"
  | "model-failed"
  | "model-quota"
  | "model-budget"
  | "person-budget";

/** Tokens as the model counts them; its thoughts count as output. */
export interface TokenUsage {
  promptTokens: number;
  outputTokens: number;
}

/** The tokens of one call to a model; an estimate where the model did not come to count them. */
export interface CallUsage extends TokenUsage {
  /** The model's name. */
  model: string;
}

/** Durations of an answer, in milliseconds. */
export interface AnswerTiming {
  /** In the queue, all attempts together. */
  waitMs: number;
  /** From the question to the first visible text; missing when none was streamed. */
  firstTextMs?: number;
  /** From the question to the last word. */
  totalMs: number;
}

/** How an answer of the model ended; `unfinished` when it was cut off by anything but its length limit. */
export type Ending = "complete" | "length-limit" | "unfinished";

export interface ModelAnswer {
  kind: "answer";
  origin: "model";
  /** Markdown, without citation marks. */
  text: string;
  /** The pages it cites, in order. */
  sources: readonly Source[];
  ending: Ending;
  /** The model that wrote it, such as `gemini-3.8-flash`. */
  model: string;
  /** It was written for an earlier or simultaneous question with the same words, and took no tokens of its own. */
  isCached?: true;
  /** The id of the risk rule the model saw in the question. */
  risk?: string;
  usage?: TokenUsage;
  timing: AnswerTiming;
}

export interface LibraryAnswer {
  kind: "answer";
  origin: "library";
  /** Markdown: the passages' text under their section titles. */
  text: string;
  /** The passages of the text, best match first. */
  passages: readonly Passage[];
  sources: readonly Source[];
  why: LibraryReason;
}

/** Pages of the library, one of which may answer: the person chooses. */
export interface LibraryChoice {
  kind: "choice";
  /** The likeliest first, at most three, each with its passage that fits the question best. */
  pages: readonly (Source & { passageId: string })[];
  why: LibraryReason;
}

/** The outcome of a question. Texts for people are made elsewhere, from these codes. */
export type Answer =
  | ModelAnswer
  | LibraryAnswer
  | LibraryChoice
  /**
   * The model was not asked or failed (`why`), and the library has no answer. When it has no page in the person's
   * language, `otherLanguages` are those it has pages in.
   */
  | { kind: "nothing-found"; why: LibraryReason; otherLanguages?: readonly string[] }
  /** The model's safety filters refused, with a code such as `PROMPT_SAFETY`. Never stored as an answer. */
  | { kind: "blocked"; code: string };

/** Turns of a conversation to be summarised. */
export interface SummaryRequest {
  /** Oldest first. */
  turns: readonly Turn[];
  /** See `Asker`. */
  ageGroup?: AskerProfile["ageGroup"] | undefined;
  /** Summary of what was said before them. */
  previous?: string;
  signal: AbortSignal;
}

/** State of a circuit breaker: `half-open` during a probe. */
export type BreakerState = "closed" | "open" | "half-open";

/** How busy a model is. */
export interface ModelStats {
  /** The provider's name, such as `Gemini`. */
  provider: string;
  /** The model's name. */
  model: string;
  inFlight: number;
  queued: number;
  /** How many calls may be in flight now: below the setting after a 429. */
  limit: number;
  breaker: BreakerState;
  /** What is left of the quotas that are set. */
  quota: { requestsThisMinute?: number; tokensThisMinute?: number; requestsToday?: number };
  /** Cost of the present month, in the budget's currency. */
  costThisMonth: number;
  /** The month's budget is spent, so the model is not asked. */
  isBudgetReached: boolean;
  /** What the provider says, while it refuses every call: of a key, a model or a country. */
  refusal?: string;
}

/** How busy the models are. */
export interface AnswerStats extends Pick<ModelStats, "inFlight" | "queued" | "limit"> {
  /** Closed when that of any model is, or there is none. */
  breaker: BreakerState;
  /** No model may be asked any more this month. */
  isBudgetReached: boolean;
  models: readonly ModelStats[];
  /** Missing when the library is searched by words alone. */
  embeddings?: EmbedderStats;
}

/** How the model that embeds the library and questions does. */
export interface EmbedderStats {
  model: string;
  breaker: BreakerState;
  /** No question is embedded until the pause that the provider asked for is over. */
  isPaused: boolean;
  costThisMonth: number;
}

/** Whether a model would be asked: `model`, or why none would. */
export type Askable = "model" | "no-model" | "under-18" | "person-budget" | "files-not-read";

/** What decides which models may be asked. */
export interface Asker {
  /** People under 18 are answered only by models that the operator named for them. */
  ageGroup?: AskerProfile["ageGroup"] | undefined;
  /** Their part of the budget is used up. */
  isOverBudget?: boolean;
  /** The media types of the question's files. */
  mimeTypes?: readonly string[];
}

export interface Answers {
  /** Whether a model would be asked for this person, with these files. */
  askable(asker: Asker): Askable;
  /** What tokens of a model cost, at the present prices and in the budget's currency; 0 where there is no model. */
  costOf(model: string, tokens: TokenUsage): number;
  /** A person rejected an answer: its text is never given to anybody again without asking a model. */
  reject(text: string): Promise<void>;
  /** Answers a question. @throws the reason of the question's signal when it ends first; never because of the model. */
  answer(question: Question): Promise<Answer>;
  /** The library's answer from one passage, such as the one a person chose; null when it is gone. */
  passage(id: string, why: LibraryReason): LibraryAnswer | null;
  /** The danger in a message by the operator's rules, without the model. */
  checkRisk(text: string, language: string): Risk | null;
  /** The help text of a risk rule, such as one the model flagged; null for an unknown id. */
  riskHelp(id: string, language: string): Risk | null;
  /** Summarises a conversation in the background; null when there is no model, or it is busy. */
  summarise(request: SummaryRequest): Promise<string | null>;
  /** Aborts everything under way and resolves when it has ended; later questions are refused. */
  close(): Promise<void>;
  stats(): AnswerStats;
}

/** The pages of some passages, each once, in order. */
export function sourcesOf(passages: readonly Passage[]): Source[] {
  const pages = new Map<string, Source>();
  for (const { pageId, title, language } of passages) {
    if (!pages.has(pageId)) pages.set(pageId, { pageId, title, language });
  }
  return [...pages.values()];
}
