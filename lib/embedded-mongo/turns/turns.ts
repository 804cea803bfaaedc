/** How long the database keeps the event loop at once, in milliseconds; commits and the collection of garbage come on top. */
const TURN_MS = 5;
/** What a command may always use, so that a short one ends at once even beside long ones. */
const LEAST_MS = 0.2;

/** A time to work in. */
export interface Slice {
  /** Whether the work should pause. */
  isOver(): boolean;
}

/**
 * Shares the event loop between long commands, and between them and the rest of the process: each works for a slice of
 * time, and the next slice, of whichever has waited longest, begins in a later turn of the loop.
 */
export class Turns {
  /** Until when work may last in this turn of the loop; known once a slice has lasted longer than the least. */
  private turnEnds: number | undefined;
  private readonly waiting: (() => void)[] = [];

  /** A slice that begins now. */
  slice(): Slice {
    return new TimedSlice(this);
  }

  /**
   * When the work of this turn of the loop must pause, by `performance.now()`.
   * @param began when the slice that asks began
   */
  endOfTurn(began = performance.now()): number {
    if (this.turnEnds === undefined) {
      this.turnEnds = began + TURN_MS;
      setImmediate(() => this.endTurn());
    }
    return this.turnEnds;
  }

  /** Resolves when the next slice may begin. */
  next(): Promise<void> {
    this.endOfTurn();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private endTurn(): void {
    this.turnEnds = undefined;
    const resume = this.waiting.shift();
    if (!resume) return;
    this.endOfTurn(); // so that there is a next one
    resume();
  }
}

/** Schedules nothing for a short command: a `setImmediate` would cost the loop another round. */
class TimedSlice implements Slice {
  private readonly turns: Turns;
  private readonly began = performance.now();

  constructor(turns: Turns) {
    this.turns = turns;
  }

  isOver(): boolean {
    const now = performance.now();
    return now >= this.began + LEAST_MS && now >= this.turns.endOfTurn(this.began);
  }
}
