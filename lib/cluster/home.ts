import type { Clock } from "../core/index.ts";
import type { ChatHome, ChatHomeStore, Claim } from "../store/index.ts";
import { LOCK_MS, type WakeUp } from "./wake-ups.ts";

/** How long before the lock ends a call to Telegram is not begun any more, in milliseconds. */
const MARGIN_MS = 1_000;

/** A chat that this instance works on, for as long as it holds the lock and nobody else has claimed the chat. */
export class Home implements ChatHome {
  readonly chatKey: string;
  readonly claim: Claim;
  readonly wakeUp: WakeUp;
  readonly #store: ChatHomeStore;
  readonly #clock: Clock;
  readonly #lost = new AbortController();
  #heldUntil: number;

  constructor(wakeUp: WakeUp, claim: Claim, { store, clock }: { store: ChatHomeStore; clock: Clock }) {
    this.chatKey = wakeUp.chatKey;
    this.claim = claim;
    this.wakeUp = wakeUp;
    this.#store = store;
    this.#clock = clock;
    this.#heldUntil = wakeUp.askedAt + LOCK_MS - MARGIN_MS;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  isHeld(): boolean {
    return !this.lost.aborted && this.#clock.monotonic() < this.#heldUntil;
  }

  async confirm(): Promise<boolean> {
    if (this.lost.aborted) return false;
    const isCurrent = await this.#store.isCurrent(this.chatKey, this.claim.fence);
    if (!isCurrent) this.lose();
    return isCurrent;
  }

  /** The lock was renewed. @param askedAt when that was asked for, in monotonic milliseconds */
  renewed(askedAt: number): void {
    this.#heldUntil = askedAt + LOCK_MS - MARGIN_MS;
  }

  lose(): void {
    this.#lost.abort(new DOMException("Another instance has taken over the chat", "AbortError"));
  }
}
