import type { Clock } from "../../../core/index.ts";
import type { ParsedUpdate } from "../../incoming/parsed-update.ts";

/** A tap on the same suggestion within this time, in milliseconds, is a double tap. */
const DOUBLE_TAP_MS = 1_000;

/** The latest tap on a suggestion. */
interface Tap {
  seq: number;
  at: number;
  isSettled: boolean;
}

/** Finds double taps on suggested questions, so that each is answered once. In memory only. */
export class SuggestionTaps {
  readonly #clock: Pick<Clock, "monotonic">;
  /** By chat, person, message and suggestion. */
  readonly #taps = new Map<string, Tap>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Notes an arrival; returns whether it repeats a tap that is not answered yet, or was made a moment ago. */
  arrived(update: ParsedUpdate): boolean {
    const key = keyOf(update);
    if (key === null) return false;
    this.#forgetOld();
    const earlier = this.#taps.get(key);
    if (earlier && earlier.seq !== update.seq) return true;
    this.#taps.set(key, { seq: update.seq, at: this.#clock.monotonic(), isSettled: false });
    return false;
  }

  settled(update: ParsedUpdate): void {
    const tap = this.#taps.get(keyOf(update) ?? "");
    if (tap?.seq === update.seq) tap.isSettled = true;
  }

  #forgetOld(): void {
    const since = this.#clock.monotonic() - DOUBLE_TAP_MS;
    for (const [key, { at, isSettled }] of this.#taps) if (isSettled && at <= since) this.#taps.delete(key);
  }
}

function keyOf({ incoming, address, chatKey }: ParsedUpdate): string | null {
  if (!address || incoming.kind !== "press" || !incoming.data?.startsWith("ask:")) return null;
  return [chatKey, address.personId, incoming.messageId, incoming.data].join(" ");
}
