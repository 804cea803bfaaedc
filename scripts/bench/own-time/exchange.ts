/** What the benches `own-time` and `capacity` and their fake servers agree on. */

export const BOT = { id: 7_000_000_005, is_bot: true, first_name: "Bench", username: "bench_bot" };
export const TOKEN = `${BOT.id}:a-token-of-the-bench`;
export const MODEL = "bench-model";

/** The simulated model's constant latency, in milliseconds from the call. */
export const FIRST_WORD_MS = 200;
export const LAST_WORD_MS = 500;

export interface Addresses {
  apiRoot: string;
  geminiUrl: string;
}

/** The bot's own time for one question, in milliseconds. */
export interface OwnTime {
  /** From the update's delivery to the call of the model. */
  beforeMs: number;
  /** From the model's last word to the call that sends the whole answer. */
  afterMs: number;
}

/** Plainly English: the bot asks the model again when an answer seems to be in another language than its question. */
export const questionText = (number: number): string =>
  `How long does a cold usually last, and what helps against it? Question ${number}`;
/** The number of the last question in a text; NaN when there is none. */
export const numberOf = (text: string): number =>
  Number([...text.matchAll(/Question (\d+)/g)].at(-1)?.[1] ?? Number.NaN);
/** Ends an answer, so that the message with the whole of it can be told from a preview. */
export const answerEnd = (number: number): string => `This was answer ${number}`;

/** Questions that are asked at random times, however fast they are answered. */
export interface Load {
  /** Questions a second, on average. */
  rate: number;
  seconds: number;
  seed: number;
  /** User ids 1 to this number ask. */
  people: number;
  /** Whether those ask who have no open question, so that nobody waits behind their own; else anybody. */
  asksIdleOnly: boolean;
  /** People who ask for the first time, one question each; spread evenly over the load. */
  bystanders: number;
  /** The load ends early once more than a share of its questions took the bot longer than this. */
  limit?: { ownMs: number; lateShare: number };
}

/** When the steps of a question were reached, in milliseconds of the servers' clock; missing: not yet. */
export interface Journey {
  /** Its text and its answer name it; later questions have higher ones. */
  number: number;
  userId: number;
  /** Telegram has it. */
  arrivedMs: number;
  /** The bot has fetched it. */
  deliveredMs?: number;
  /** The bot has called the model. */
  calledMs?: number;
  lastWordMs?: number;
  /** The bot has sent the whole answer. */
  sentMs?: number;
}

/** How many questions are at each place on their way. */
export interface Places {
  atTelegram: number;
  /** Fetched by the bot, but not yet at the model. */
  beforeModel: number;
  atModel: number;
  /** Answered by the model, but not yet sent. */
  beforeSend: number;
}

export interface LoadResult {
  journeys: Journey[];
  /** Whether the load ended before its time, because it could not pass. */
  isCutShort: boolean;
  /** From the last question to the last answer. */
  drainMs: number;
  /** How often the bot sent something else than an answer of the model, by its beginning. */
  otherMessages: Record<string, number>;
  /** The most questions that were at each place at once. */
  peaks: Places;
  /** The most questions that the bot had fetched and not answered. */
  peakInBot: number;
  /** The processor's time that the servers took. */
  serversCpuMs: number;
}
