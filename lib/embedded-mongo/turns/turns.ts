/** How long the database keeps the event loop at once, in milliseconds; commits and the collection of garbage come on top. */
const TURN_MS = 5;
/** What a command may always use, so that a short one ends at once even beside long ones. */
const LEAST_MS = 0.2;

/**
 * Shares the event loop between long commands, and between them and the rest of the process: each works for a slice of
 * time, and the next slice, of whichever has waited longest, begins in a later turn of the loop.
 */
export class Turns {
  /** When the work of this turn of the loop began. */
  private began: number | undefined;
  private readonly waiting: (() => void)[] = [];

  /** Until when, by `performance.now()`, a slice that begins now may last. */
  allowance(): number {
    const now = performance.now();
    if (this.began === undefined) {
      this.began = now;
      setImmediate(() => this.endTurn());
    }
    return Math.max(this.began + TURN_MS, now + LEAST_MS);
  }

  /** Resolves when the next slice may begin. */
  next(): Promise<void> {
    this.allowance();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private endTurn(): void {
    this.began = undefined;
    const resume = this.waiting.shift();
    if (!resume) return;
    this.allowance();
    resume();
  }
}
