import type { Entry } from "./chat-queue.ts";

/** A waiting send, and which turn of its source it belongs to. */
interface Place {
  entry: Entry;
  turn: number;
}

/**
 * The waiting sends of a chat, the next one first: by urgency, then by turns between their sources, then by arrival. A
 * source with many sends waits for its turns, so that another's first send is not behind all of them.
 */
export class SendOrder {
  readonly #places: Place[] = [];
  /** The turn that was taken last, by rank: a source that had nothing to send continues there. */
  readonly #lastTurns = new Map<number, number>();
  #last: Place | undefined;

  get length(): number {
    return this.#places.length;
  }

  push(entry: Entry): void {
    const place = { entry, turn: this.#turnOf(entry) };
    const index = this.#places.findLastIndex((other) => !isBefore(place, other));
    this.#places.splice(index + 1, 0, place);
  }

  /** Takes the next entry. */
  shift(): Entry | undefined {
    this.#last = this.#places.shift();
    if (this.#last) this.#lastTurns.set(this.#last.entry.rank, this.#last.turn);
    return this.#last?.entry;
  }

  /** Puts the entry that was taken last back before its equals. */
  putBack(entry: Entry): void {
    if (this.#last?.entry !== entry) return;
    const place = this.#last;
    const index = this.#places.findIndex((other) => !isBefore(other, place));
    this.#places.splice(index < 0 ? this.#places.length : index, 0, place);
    this.#last = undefined;
  }

  remove(entry: Entry): void {
    const index = this.#places.findIndex((place) => place.entry === entry);
    if (index >= 0) this.#places.splice(index, 1);
  }

  list(): Entry[] {
    return this.#places.map(({ entry }) => entry);
  }

  #turnOf({ rank, source, seq }: Entry): number {
    const isSame = (other: Place | undefined): other is Place =>
      other !== undefined && other.entry.rank === rank && other.entry.source === source;
    const before = this.#places.findLast(isSame) ?? (isSame(this.#last) ? this.#last : undefined);
    if (!before) return this.#lastTurns.get(rank) ?? 0;
    return before.entry.seq === seq ? before.turn : before.turn + 1;
  }
}

function isBefore(one: Place, other: Place): boolean {
  const byRank = one.entry.rank - other.entry.rank;
  return byRank < 0 || (byRank === 0 && one.turn < other.turn);
}
