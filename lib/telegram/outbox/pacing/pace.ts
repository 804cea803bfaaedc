import type { Clock } from "../../../core/index.ts";
import type { Urgency } from "../sends.ts";
import { GroupWindow } from "./group-window.ts";

/** Chat actions a second, in all chats: below the 30 messages a second that Telegram's FAQ allows for bulk. */
const CHAT_ACTIONS = 20;
const CHAT_ACTIONS_WINDOW_MS = 1_000;
/**
 * This many private chats refused within `GLOBAL_WITHIN_MS` mean that the bot as a whole is too fast. Groups do not
 * count: each has a limit of its own, which says nothing about other chats.
 */
const GLOBAL_CHATS = 3;
const GLOBAL_WITHIN_MS = 1_000;
/** The shortest pause; doubled by each further refusal, up to `MAX_GROWN_MS`, since Telegram may ask for 0 s. */
const MIN_PAUSE_MS = 1_000;
const MAX_GROWN_MS = 60_000;
/** The longest time until the next try, whatever Telegram asks: a limit of hours may be lifted early. */
const MAX_PAUSE_MS = 15 * 60_000;
/** A pause is long, and worth telling the operator, beyond this time. */
const LONG_PAUSE_MS = 60_000;
/** A refusal this long after a pause begins a new one. */
const PAUSE_GAP_MS = 60_000;
/** After a pause of the whole bot, chats start again spread over this time, in milliseconds. */
const SPREAD_MS = 1_000;
/** With more groups, or paused chats, than this, those of no further use are dropped. */
const MAX_CHATS = 1_000;

/** One or more 429s in a row. Times are monotonic milliseconds. */
interface Pause {
  since: number;
  until: number;
  refusals: number;
}

/** What a 429 led to. */
export interface PauseStart {
  /** Until the next try, in milliseconds. */
  waitMs: number;
  /** Whether the pause has just become a long one: longer than a minute in all. */
  becameLong: boolean;
}

export interface PaceStats {
  /** Chats paused by a 429, and whether the whole bot is. */
  pausedChats: number;
  pausedBot: boolean;
  /** Pauses, of chats or of the whole bot, that take longer than a minute. */
  longPauses: number;
  /** The longest present pause, from its first 429 to its next try, in milliseconds; 0 without one. */
  longestPauseMs: number;
}

export interface PaceOptions {
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  /** Whether a chat keeps places for urgent sends. */
  hasReserve?(chatId: number): boolean;
}

/**
 * When sends may go, by Telegram's rules: a private chat at once, a group 20 messages a minute, and no chat while it is
 * paused by a 429. Kept in memory: after a restart, the next 429 says again how long to wait. All times are monotonic.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #pauses = new Map<number, Pause>();
  readonly #hasReserve: (chatId: number) => boolean;
  /** The messages of the last minute in each group. */
  readonly #groups = new Map<number, GroupWindow>();
  /** The private chats refused within `GLOBAL_WITHIN_MS`. */
  #refusals: { chatId: number; at: number; retryAfterMs: number }[] = [];
  #botPause: Pause | undefined;
  /** When chat actions were sent, within their window. */
  #chatActions: number[] = [];

  constructor({ clock, random, hasReserve = () => false }: PaceOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#hasReserve = hasReserve;
  }

  /** Milliseconds until a send to this chat may go; 0 when it may go now. */
  waitMs(chatId: number, urgency?: Urgency): number {
    const now = this.#clock.monotonic();
    const groupMs = this.#groups.get(chatId)?.waitMs(now, urgency, this.#hasReserve(chatId)) ?? 0;
    return Math.max(this.#pauseMs(chatId), groupMs);
  }

  /** Counts a send that goes now. */
  count(chatId: number, messages = 1, urgency?: Urgency): void {
    if (!isGroup(chatId)) return;
    const now = this.#clock.monotonic();
    if (this.#groups.size >= MAX_CHATS) this.#dropQuietGroups(now);
    const window = this.#groups.get(chatId) ?? new GroupWindow();
    this.#groups.set(chatId, window);
    window.count(now, messages, urgency);
  }

  /** Whether a preview may go now; previews leave room for real messages. */
  hasSpare(chatId: number): boolean {
    if (this.#pauseMs(chatId) > 0) return false;
    const now = this.#clock.monotonic();
    return this.#groups.get(chatId)?.hasSpare(now, this.#hasReserve(chatId)) ?? true;
  }

  /** Counts one chat action; false while the chat is paused, or when too many were sent within a second. */
  takeChatAction(chatId: number): boolean {
    const now = this.#clock.monotonic();
    this.#chatActions = this.#chatActions.filter((at) => at > now - CHAT_ACTIONS_WINDOW_MS);
    if (this.#pauseMs(chatId) > 0 || this.#chatActions.length >= CHAT_ACTIONS) return false;
    this.#chatActions.push(now);
    return true;
  }

  /** Telegram asked this chat, or the whole bot when there is none, to wait. */
  pause(chatId: number | undefined, retryAfterMs: number): PauseStart {
    const now = this.#clock.monotonic();
    if (chatId === undefined) return this.#pauseBot(now, retryAfterMs);
    if (this.#pauses.size >= MAX_CHATS) this.#dropOldPauses(now);
    const before = this.#pauses.get(chatId);
    const pause = pauseAfter(before, now, retryAfterMs);
    this.#pauses.set(chatId, pause);
    if (!isGroup(chatId)) this.#noteRefusal({ chatId, at: now, retryAfterMs });
    return startOf(pause, before, now);
  }

  /** Telegram accepted a send to this chat, so the next 429 begins a new pause. */
  accepted(chatId: number): void {
    const now = this.#clock.monotonic();
    // A pause that has just begun stays: the accepted send may have been in flight before.
    if ((this.#pauses.get(chatId)?.until ?? now) <= now) this.#pauses.delete(chatId);
    if (this.#botPause && this.#botPause.until <= now) this.#botPause = undefined;
  }

  stats(): PaceStats {
    const now = this.#clock.monotonic();
    const paused = [...this.#pauses.values()].filter(({ until }) => until > now);
    const pausedBot = this.#botPause !== undefined && this.#botPause.until > now;
    const all = this.#botPause && pausedBot ? [...paused, this.#botPause] : paused;
    return {
      pausedChats: paused.length,
      pausedBot,
      longPauses: all.filter(isLong).length,
      longestPauseMs: all.reduce((longest, { since, until }) => Math.max(longest, until - since), 0),
    };
  }

  #pauseBot(now: number, retryAfterMs: number): PauseStart {
    const before = this.#botPause;
    const pause = pauseAfter(before, now, retryAfterMs);
    this.#botPause = pause;
    return startOf(pause, before, now);
  }

  /** Pauses the bot for as long as Telegram asks of all when several private chats are refused at once. */
  #noteRefusal(refusal: { chatId: number; at: number; retryAfterMs: number }): void {
    this.#refusals = this.#refusals.filter(
      ({ chatId, at }) => at > refusal.at - GLOBAL_WITHIN_MS && chatId !== refusal.chatId,
    );
    this.#refusals.push(refusal);
    if (this.#refusals.length < GLOBAL_CHATS) return;
    this.#pauseBot(refusal.at, Math.min(...this.#refusals.map(({ retryAfterMs }) => retryAfterMs)));
    this.#refusals = [];
  }

  #dropQuietGroups(now: number): void {
    for (const [chatId, window] of this.#groups) if (window.isEmpty(now)) this.#groups.delete(chatId);
  }

  #dropOldPauses(now: number): void {
    for (const [chatId, { until }] of this.#pauses) {
      if (until + PAUSE_GAP_MS < now) this.#pauses.delete(chatId);
    }
  }

  #pauseMs(chatId: number): number {
    const now = this.#clock.monotonic();
    if (this.#botPause && this.#botPause.until > now) {
      return this.#botPause.until - now + this.#random() * SPREAD_MS;
    }
    return Math.max(0, (this.#pauses.get(chatId)?.until ?? now) - now);
  }
}

/** Groups, supergroups and channels have negative ids. */
function isGroup(chatId: number): boolean {
  return chatId < 0;
}

/** The pause a 429 begins or goes on with. */
function pauseAfter(before: Pause | undefined, now: number, retryAfterMs: number): Pause {
  const isSame = before !== undefined && now <= before.until + PAUSE_GAP_MS;
  const since = isSame ? before.since : now;
  const refusals = isSame ? before.refusals + 1 : 1;
  const grownMs = Math.min(MIN_PAUSE_MS * 2 ** (refusals - 1), MAX_GROWN_MS);
  return { since, until: now + Math.min(Math.max(retryAfterMs, grownMs), MAX_PAUSE_MS), refusals };
}

function startOf(pause: Pause, before: Pause | undefined, now: number): PauseStart {
  const wasLong = before !== undefined && before.since === pause.since && isLong(before);
  return { waitMs: pause.until - now, becameLong: isLong(pause) && !wasLong };
}

function isLong({ since, until }: Pause): boolean {
  return until - since > LONG_PAUSE_MS;
}
