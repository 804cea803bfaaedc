import type { Clock } from "../../core/index.ts";

/** Telegram FAQ: "bots are not able to send more than 20 messages per minute to the same group". */
const GROUP_MESSAGES = 20;
const GROUP_WINDOW_MS = 60_000;
/** Of those, the ones that previews leave for answers. */
const GROUP_RESERVE = 8;
/** Chat actions a second, in all chats: below the 30 messages a second that Telegram's FAQ allows for bulk. */
const CHAT_ACTIONS = 20;
const CHAT_ACTIONS_WINDOW_MS = 1_000;
/** This many chats refused within `GLOBAL_WITHIN_MS` mean that the bot as a whole is too fast. */
const GLOBAL_CHATS = 3;
const GLOBAL_WITHIN_MS = 1_000;
/** After a pause of the whole bot, chats start again spread over this time, in milliseconds. */
const SPREAD_MS = 1_000;
/** With more groups than this, those without a send in the last minute are dropped. */
const MAX_GROUPS = 1_000;

/**
 * When sends may go, by Telegram's rules: a private chat at once, a group 20 messages a minute, and no chat before the
 * time a 429 named. Kept in memory: after a restart, the next 429 says again how long to wait.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Until when a chat is paused, in epoch milliseconds. */
  readonly #pausedUntil = new Map<number, number>();
  /** When messages were sent to each group, within its window. */
  readonly #groups = new Map<number, number[]>();
  /** The chats refused within `GLOBAL_WITHIN_MS`. */
  #refusals: { chatId: number; at: number }[] = [];
  #botPausedUntil = 0;
  /** When chat actions were sent, within their window. */
  #chatActions: number[] = [];

  constructor({ clock, random }: { clock: Clock; random: () => number }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Milliseconds until a send to this chat may go; 0 when it may go now. */
  waitMs(chatId: number): number {
    return Math.max(this.#pauseMs(chatId), this.#groupMs(chatId));
  }

  /** Counts a send that goes now. */
  count(chatId: number, messages = 1): void {
    if (!isGroup(chatId)) return;
    if (this.#groups.size >= MAX_GROUPS) for (const group of this.#groups.keys()) this.#sentTo(group);
    const now = this.#clock.now();
    this.#groups.set(chatId, [...this.#sentTo(chatId), ...Array<number>(messages).fill(now)]);
  }

  /** Whether a preview may go now; previews leave room for real messages. */
  hasSpare(chatId: number): boolean {
    if (this.#pauseMs(chatId) > 0) return false;
    return !isGroup(chatId) || this.#sentTo(chatId).length < GROUP_MESSAGES - GROUP_RESERVE;
  }

  /** Counts one chat action; false while the chat is paused, or when too many were sent within a second. */
  takeChatAction(chatId: number): boolean {
    const now = this.#clock.now();
    this.#chatActions = this.#chatActions.filter((at) => at > now - CHAT_ACTIONS_WINDOW_MS);
    if (this.#pauseMs(chatId) > 0 || this.#chatActions.length >= CHAT_ACTIONS) return false;
    this.#chatActions.push(now);
    return true;
  }

  /** Telegram asked this chat, or the whole bot when there is none, to wait. */
  pause(chatId: number | undefined, retryAfterMs: number): void {
    const now = this.#clock.now();
    const until = now + retryAfterMs;
    if (chatId !== undefined) {
      this.#pausedUntil.set(chatId, until);
      this.#refusals = this.#refusals.filter(({ at }) => at > now - GLOBAL_WITHIN_MS);
      this.#refusals.push({ chatId, at: now });
      if (new Set(this.#refusals.map((refusal) => refusal.chatId)).size < GLOBAL_CHATS) return;
    }
    this.#botPausedUntil = Math.max(this.#botPausedUntil, until);
  }

  /** How many chats are paused by a 429, and whether the whole bot is. */
  stats(): { pausedChats: number; pausedBot: boolean } {
    const now = this.#clock.now();
    const pausedChats = [...this.#pausedUntil.values()].filter((until) => until > now).length;
    return { pausedChats, pausedBot: this.#botPausedUntil > now };
  }

  #pauseMs(chatId: number): number {
    const now = this.#clock.now();
    if (this.#botPausedUntil > now) return this.#botPausedUntil - now + this.#random() * SPREAD_MS;
    const until = this.#pausedUntil.get(chatId);
    if (until === undefined) return 0;
    if (until <= now) this.#pausedUntil.delete(chatId);
    return Math.max(0, until - now);
  }

  #groupMs(chatId: number): number {
    const times = isGroup(chatId) ? this.#sentTo(chatId) : [];
    const freesUp = times[times.length - GROUP_MESSAGES];
    return freesUp === undefined ? 0 : freesUp + GROUP_WINDOW_MS - this.#clock.now();
  }

  /** When messages were sent to a group within the last minute. */
  #sentTo(chatId: number): number[] {
    const since = this.#clock.now() - GROUP_WINDOW_MS;
    const times = (this.#groups.get(chatId) ?? []).filter((at) => at > since);
    if (times.length > 0) this.#groups.set(chatId, times);
    else this.#groups.delete(chatId);
    return times;
  }
}

/** Groups, supergroups and channels have negative ids. */
function isGroup(chatId: number): boolean {
  return chatId < 0;
}
