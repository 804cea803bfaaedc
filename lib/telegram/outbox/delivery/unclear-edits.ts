import type { Clock } from "../../../core/index.ts";

/** Telegram drops a call that takes longer, so an edit cannot be applied later than this, in milliseconds. */
const MAY_COME_MS = 60_000;

/**
 * The messages with an edit that was sent and had no outcome: it may still be applied, over a later one. A later edit is
 * therefore made once more after a moment.
 */
export class UnclearEdits {
  readonly #clock: Pick<Clock, "monotonic">;
  /** By chat and message: until when an edit may still come. */
  readonly #until = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  note(chatId: number, messageId: number): void {
    const now = this.#clock.monotonic();
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key);
    this.#until.set(`${chatId}:${messageId}`, now + MAY_COME_MS);
  }

  /** Whether an edit of the message may still come. The answer is for one caller, who makes the later edit again. */
  take(chatId: number, messageId: number): boolean {
    const key = `${chatId}:${messageId}`;
    const until = this.#until.get(key) ?? 0;
    this.#until.delete(key);
    return until > this.#clock.monotonic();
  }
}
