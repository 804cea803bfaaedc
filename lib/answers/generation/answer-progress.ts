import type { Clock } from "../../core/index.ts";
import type { AnswerCallbacks, AnswerTiming } from "../answer.ts";
import { readCitations } from "./citations.ts";

/** Follows one question over all its attempts: what came, what was shown, and when. */
export interface AnswerProgress {
  /** Takes the text an attempt has so far and shows what a person may see of it, when that changed. */
  show(textSoFar: string): void;
  /** Adds to the time spent in the queue. */
  waited(ms: number): void;
  /** The longest text any attempt came to, as the model wrote it; empty while there is nothing to see. */
  longest(): string;
  timing(): AnswerTiming;
}

export function createProgress(clock: Clock, onText: NonNullable<AnswerCallbacks["onText"]>): AnswerProgress {
  const askedAt = clock.now();
  let waitMs = 0;
  let firstTextAt: number | undefined;
  let longest = "";
  let shown = "";
  return {
    show(textSoFar) {
      const { text } = readCitations(textSoFar);
      if (text === "") return;
      if (textSoFar.length > longest.length) longest = textSoFar;
      if (text === shown) return;
      shown = text;
      firstTextAt ??= clock.now();
      onText(text);
    },
    waited(ms) {
      waitMs += ms;
    },
    longest: () => longest,
    timing: () => ({
      waitMs,
      ...(firstTextAt === undefined ? {} : { firstTextMs: firstTextAt - askedAt }),
      totalMs: clock.now() - askedAt,
    }),
  };
}
