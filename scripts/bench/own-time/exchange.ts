/** What the parts of the bench `own-time` agree on. */

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

/** A question: its number, which its text and its answer name, and who asks it. */
export interface Question {
  number: number;
  userId: number;
}

/** The bot's own time for one question, in milliseconds. */
export interface OwnTime {
  /** From the update's delivery to the call of the model. */
  beforeMs: number;
  /** From the model's last word to the call that sends the whole answer. */
  afterMs: number;
}

export const questionText = (number: number): string => `How long does a cold last? Question ${number}`;
export const numberOf = (text: string): number => Number(/Question (\d+)(?!.*Question \d)/s.exec(text)?.[1]);
/** Ends an answer, so that the message with the whole of it can be told from a preview. */
export const answerEnd = (number: number): string => `This was answer ${number}`;
