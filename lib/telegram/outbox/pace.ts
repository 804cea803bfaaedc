import type { Clock } from "../../core/index.ts";

/**
 * When sends may go, by Telegram's rules: a private chat at once, a group 20 messages a minute, and nobody while a
 * 429 asks to wait. Kept in memory: after a restart, Telegram's own 429 is the teacher.
 */
export interface Pace {
  /** Milliseconds until a send to this chat may go; 0 when it may go now. */
  waitMs(chatId: number): number;
  /** Counts a send that goes now, as so many messages. */
  count(chatId: number, messages?: number): void;
  /** Whether a preview may go now; previews leave room for real messages. */
  hasSpare(chatId: number): boolean;
  /** Takes room for one chat action; false while the chat is paused, or when many were sent within a second. */
  takeChatAction(chatId: number): boolean;
  /** Telegram asked this chat, or the whole bot when there is none, to wait. */
  pause(chatId: number | undefined, retryAfterMs: number): void;
  /** How many chats wait for a 429 to pass, and whether the whole bot does. */
  stats(): { pausedChats: number; pausedBot: boolean };
}

/** Telegram FAQ: "bots are not able to send more than 20 messages per minute to the same group". */
const GROUP_MESSAGES = 20;
const GROUP_WINDOW_MS = 60_000;
/** Of those, what previews leave for answers. */
const GROUP_RESERVE = 8;
/** Chat actions a second, in all chats together: fewer than the 30 messages a second Telegram's FAQ names for bulk. */
const CHAT_ACTIONS = 20;
const CHAT_ACTIONS_WINDOW_MS = 1_000;
/** This many chats refused within `GLOBAL_WITHIN_MS` mean that the bot as a whole is too fast. */
const GLOBAL_CHATS = 3;
const GLOBAL_WITHIN_MS = 1_000;
/** After a pause of the whole bot, chats start again spread over this time, in milliseconds. */
const SPREAD_MS = 1_000;
/** Beyond this many remembered groups, those that were quiet for a minute are forgotten. */
const REMEMBERED_GROUPS = 1_000;

export function createPace({ clock, random }: { clock: Clock; random: () => number }): Pace {
  const pausedUntil = new Map<number, number>();
  const groups = new Map<number, number[]>();
  /** The chats refused lately, with the time. */
  let refusals: { chatId: number; at: number }[] = [];
  let botPausedUntil = 0;
  /** When chat actions were sent, within their window. */
  let chatActions: number[] = [];

  /** The times of the sends to a group that still count. */
  function counted(chatId: number): number[] {
    const since = clock.now() - GROUP_WINDOW_MS;
    const times = (groups.get(chatId) ?? []).filter((at) => at > since);
    if (times.length > 0) groups.set(chatId, times);
    else groups.delete(chatId);
    return times;
  }

  function pauseMs(chatId: number): number {
    const now = clock.now();
    if (botPausedUntil > now) return botPausedUntil - now + random() * SPREAD_MS;
    const until = pausedUntil.get(chatId);
    if (until === undefined) return 0;
    if (until <= now) pausedUntil.delete(chatId);
    return Math.max(0, until - now);
  }

  function groupMs(chatId: number): number {
    const times = isGroup(chatId) ? counted(chatId) : [];
    const freesUp = times[times.length - GROUP_MESSAGES];
    return freesUp === undefined ? 0 : freesUp + GROUP_WINDOW_MS - clock.now();
  }

  function count(chatId: number, messages = 1): void {
    if (!isGroup(chatId)) return;
    if (groups.size >= REMEMBERED_GROUPS) for (const group of groups.keys()) counted(group);
    groups.set(chatId, [...counted(chatId), ...Array<number>(messages).fill(clock.now())]);
  }

  function takeChatAction(chatId: number): boolean {
    const now = clock.now();
    chatActions = chatActions.filter((at) => at > now - CHAT_ACTIONS_WINDOW_MS);
    if (pauseMs(chatId) > 0 || chatActions.length >= CHAT_ACTIONS) return false;
    chatActions.push(now);
    return true;
  }

  function pause(chatId: number | undefined, retryAfterMs: number): void {
    const now = clock.now();
    if (chatId === undefined) {
      botPausedUntil = Math.max(botPausedUntil, now + retryAfterMs);
      return;
    }
    pausedUntil.set(chatId, now + retryAfterMs);
    refusals = [...refusals.filter(({ at }) => at > now - GLOBAL_WITHIN_MS), { chatId, at: now }];
    if (new Set(refusals.map((refusal) => refusal.chatId)).size >= GLOBAL_CHATS) {
      botPausedUntil = Math.max(botPausedUntil, now + retryAfterMs);
    }
  }

  return {
    waitMs: (chatId) => Math.max(pauseMs(chatId), groupMs(chatId)),
    count,
    hasSpare: (chatId) =>
      pauseMs(chatId) === 0 && (!isGroup(chatId) || counted(chatId).length < GROUP_MESSAGES - GROUP_RESERVE),
    takeChatAction,
    pause,
    stats() {
      const now = clock.now();
      const pausedChats = [...pausedUntil.values()].filter((until) => until > now).length;
      return { pausedChats, pausedBot: botPausedUntil > now };
    },
  };
}

/** Groups, supergroups and channels have negative ids. */
function isGroup(chatId: number): boolean {
  return chatId < 0;
}
