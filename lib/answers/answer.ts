import type { Passage } from "../content/index.ts";
import type { Risk } from "../risk/index.ts";

/** One turn of the conversation so far. */
export interface Turn {
  sender: "person" | "bot";
  text: string;
}

/** A file that belongs to a question; it is on disk, and whoever put it there removes it. */
export interface Attachment {
  path: string;
  /** Such as `image/jpeg` or `audio/ogg`. */
  mimeType: string;
  sizeBytes: number;
}

/** What the person told about themselves that may change how an answer is worded. */
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
  /** It must wait, for the first time or before a retry; not called when it can start at once. `onStarted` or the end follows. */
  onQueued?(): Promise<void>;
  /** It starts now; awaited before the call, once for every start, and after `onQueued` has settled. */
  onStarted?(): Promise<void>;
}

/** What the asker is told while an answer is made. */
export interface AnswerCallbacks extends QueueCallbacks {
  /** The wait is expected to pass 5 s; called again, rarely, as it changes. */
  onWaiting?(wait: Wait): void;
  /** The answer's Markdown so far; after a retry it may start over. */
  onText?(markdownSoFar: string): void;
}

/** What a person asks, with what an answer needs to know. */
export interface Question extends AnswerCallbacks {
  text: string;
  /** The person's language, such as `fr`. */
  language: string;
  /** The conversation before this question, oldest first. */
  history: readonly Turn[];
  /** What was said before `history`, in short. */
  summary?: string;
  /** Pictures, voice messages and the like the question comes with. */
  attachments?: readonly Attachment[];
  profile?: AskerProfile;
  /** The question touches what is stored about the person: its answer is never kept for others. */
  isPersonal?: boolean;
  /** The Telegram user id of whoever asks: an answer kept for others is kept in their name, and erased with their data. */
  askedBy?: number;
  /** The person said they are under 18, and Google's terms keep the model from them: the library answers. */
  libraryOnly?: "under-18";
  /** Of the questions that wait for the model, the one with the lowest goes first. */
  order?: number;
  /** Ends the question at once, wherever it is: in the queue, in a pause before a retry, or in its HTTP request. */
  signal: AbortSignal;
}

/** A page of the library that an answer rests on. */
export interface Source {
  pageId: string;
  title: string;
  language: string;
}

/** Why the library answers and not the model. */
export type LibraryReason =
  | "no-model"
  | "under-18"
  | "model-busy"
  | "model-failed"
  | "model-quota"
  | "model-budget";

/** Tokens as the model counts them; its thoughts are part of the output. */
export interface TokenUsage {
  promptTokens: number;
  outputTokens: number;
}

/** Where an answer's time went, in milliseconds. */
export interface AnswerTiming {
  /** In the queue, all attempts together. */
  waitMs: number;
  /** From the question to the first visible text; missing when no text was streamed. */
  firstTextMs?: number;
  /** From the question to the last word. */
  totalMs: number;
}

/** How an answer of the model ended: as it should, at its length limit, or cut off by something else. */
export type Ending = "complete" | "length-limit" | "unfinished";

export interface ModelAnswer {
  kind: "answer";
  origin: "model";
  /** Markdown, without citation marks. */
  text: string;
  /** The pages it cites, in that order; empty when it cites none. */
  sources: readonly Source[];
  ending: Ending;
  /** The model that wrote it, such as `gemini-3.8-flash`. */
  model: string;
  /** It was written for the same question earlier, or at the same time for somebody else: it took no tokens. */
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
  /** What the text is made of, the best match first. */
  passages: readonly Passage[];
  sources: readonly Source[];
  why: LibraryReason;
}

/** What became of a question. Sentences for people are made elsewhere, from the codes in here. */
export type Answer =
  | ModelAnswer
  | LibraryAnswer
  /** The model was not asked or failed (`why`), and the library holds nothing that supports an answer. */
  | { kind: "nothing-found"; why: LibraryReason }
  /** The model's safety filters refused, such as `PROMPT_SAFETY`; never to be stored as an answer. */
  | { kind: "blocked"; code: string };

/** Turns of a conversation that are to be kept in short. */
export interface SummaryRequest {
  /** Oldest first. */
  turns: readonly Turn[];
  /** What was said before them, in short. */
  previous?: string;
  signal: AbortSignal;
}

/** How busy the model is. */
export interface AnswerStats {
  inFlight: number;
  queued: number;
  /** How many calls may be in flight now: fewer than the setting after a 429; 0 without a model. */
  limit: number;
  /** `open` while a model that is down is left alone, `half-open` during the call that finds out; `closed` without one. */
  breaker: "closed" | "open" | "half-open";
  /** What the quotas allow still; of those that are set. */
  quota?: { requestsThisMinute?: number; tokensThisMinute?: number; requestsToday?: number };
  /** In the budget's currency, of the present month. */
  costThisMonth?: number;
  /** The month's budget is spent, and the model not asked. */
  isBudgetReached: boolean;
}

export interface Answers {
  /** Answers a question. @throws the reason of the question's signal when it ends first; never because of the model. */
  answer(question: Question): Promise<Answer>;
  /** The danger a message tells of, by the operator's rules alone: at once, before and regardless of the model. */
  checkRisk(text: string, language: string): Risk | null;
  /** The help text of a rule, such as one the model flagged; null for an unknown id. */
  riskHelp(id: string, language: string): string | null;
  /** Sums up a conversation in the background; null when there is no model, or it is not free for that. */
  summarise(request: SummaryRequest): Promise<string | null>;
  /** Ends what is under way and resolves when nothing is left of it; later questions are refused. */
  close(): Promise<void>;
  stats(): AnswerStats;
}

/** The pages some passages come from, each once, in order. */
export function sourcesOf(passages: readonly Passage[]): Source[] {
  const pages = new Map<string, Source>();
  for (const { pageId, title, language } of passages) {
    if (!pages.has(pageId)) pages.set(pageId, { pageId, title, language });
  }
  return [...pages.values()];
}
