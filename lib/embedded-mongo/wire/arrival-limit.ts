import type { Clock } from "../../core/index.ts";

/** The longest a message may take to arrive; on one machine even the largest takes less than a second. */
const MESSAGE_MS = 30_000;

/** Limits how long the rest of a message may take to arrive, however steadily it trickles in. */
export class ArrivalLimit {
  private readonly clock: Clock;
  private readonly onLate: () => void;
  private waiting: AbortController | undefined;

  constructor(clock: Clock, onLate: () => void) {
    this.clock = clock;
    this.onLate = onLate;
  }

  /** A part of a message has arrived; does not extend the time of one that is waited for. */
  start(): void {
    if (this.waiting) return;
    this.waiting = new AbortController();
    this.clock.sleep(MESSAGE_MS, this.waiting.signal).then(this.onLate, () => {}); // it arrived
  }

  /** The message is complete, or its connection is closed. */
  stop(): void {
    this.waiting?.abort();
    this.waiting = undefined;
  }
}
