import type { Clock } from "../../core/index.ts";
import type { AnswerTiming } from "../answer.ts";

/** Follows one question over all its attempts: the text received, the text shown, and the times. */
export class AnswerProgress {
  readonly #clock: Clock;
  readonly #onText: (markdownSoFar: string) => void;
  readonly #askedAt: number;
  #waitMs = 0;
  #firstTextAt: number | undefined;
  #longest = "";
  #shown = "";

  constructor(clock: Clock, onText: (markdownSoFar: string) => void) {
    this.#clock = clock;
    this.#onText = onText;
    this.#askedAt = clock.monotonic();
  }

  /**
   * Shows the text of the running attempt when what a person would see of it has changed.
   * @param raw the same with its marks
   */
  show(text: string, raw: string): void {
    if (text === "") return;
    if (raw.length > this.#longest.length) this.#longest = raw;
    if (text === this.#shown) return;
    this.#shown = text;
    this.#firstTextAt ??= this.#clock.monotonic();
    this.#onText(text);
  }

  /** Forgets the texts so far: they must not stand for an answer. */
  discard(): void {
    this.#longest = "";
  }

  /** Adds to the time spent in the queue. */
  addWait(ms: number): void {
    this.#waitMs += ms;
  }

  /** The longest text of any attempt, with its marks; empty while there is nothing to see. */
  longest(): string {
    return this.#longest;
  }

  timing(): AnswerTiming {
    const firstTextMs =
      this.#firstTextAt === undefined ? {} : { firstTextMs: this.#firstTextAt - this.#askedAt };
    return { waitMs: this.#waitMs, ...firstTextMs, totalMs: this.#clock.monotonic() - this.#askedAt };
  }
}
