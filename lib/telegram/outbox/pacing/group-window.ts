import { rankOf, type Urgency } from "../sends.ts";

/** Telegram FAQ: "bots are not able to send more than 20 messages per minute to the same group". */
const GROUP_MESSAGES = 20;
const GROUP_WINDOW_MS = 60_000;
/** Of those, the ones that previews leave for answers. */
const PREVIEW_RESERVE = 8;
/**
 * In a chat with reserved places, how many of a minute's messages may be other than about danger when a send of each
 * urgency goes, by `rankOf`: so a place stays free for a report of danger, and one for a request for a person.
 */
const SHARES = [GROUP_MESSAGES, 14, 12, 8];
/** The same while people in danger are reported one after another. */
const SHARES_IN_DANGER = [GROUP_MESSAGES, 5, 3, 2];
/** From this many reports within a minute on. */
const MANY_REPORTS = 3;

interface SentMessage {
  at: number;
  isAboutDanger: boolean;
}

/** The messages sent to one group within the last minute. Times are monotonic milliseconds. */
export class GroupWindow {
  #sent: SentMessage[] = [];

  isEmpty(now: number): boolean {
    this.#forgetOld(now);
    return this.#sent.length === 0;
  }

  count(now: number, messages: number, urgency: Urgency): void {
    this.#forgetOld(now);
    const isAboutDanger = urgency === "danger";
    for (let left = messages; left > 0; left -= 1) this.#sent.push({ at: now, isAboutDanger });
  }

  /** Milliseconds until a send of this urgency may go; 0 when it may go now. */
  waitMs(now: number, urgency: Urgency, hasReserve: boolean): number {
    this.#forgetOld(now);
    const freesUp = [
      nthFromEnd(this.#sent, GROUP_MESSAGES),
      ...(hasReserve && urgency !== "danger" ? [nthFromEnd(this.#others(), this.#share(urgency))] : []),
    ];
    return Math.max(0, ...freesUp.map((message) => (message ? message.at + GROUP_WINDOW_MS - now : 0)));
  }

  /** Whether a preview may go now; previews leave room for real messages. */
  hasSpare(now: number, hasReserve: boolean): boolean {
    this.#forgetOld(now);
    const isFull = this.#sent.length >= GROUP_MESSAGES - PREVIEW_RESERVE;
    return !isFull && this.waitMs(now, undefined, hasReserve) === 0;
  }

  #share(urgency: Urgency): number {
    const isInDanger = this.#sent.length - this.#others().length >= MANY_REPORTS;
    return (isInDanger ? SHARES_IN_DANGER : SHARES)[rankOf(urgency)] ?? GROUP_MESSAGES;
  }

  #others(): SentMessage[] {
    return this.#sent.filter(({ isAboutDanger }) => !isAboutDanger);
  }

  #forgetOld(now: number): void {
    this.#sent = this.#sent.filter(({ at }) => at > now - GROUP_WINDOW_MS);
  }
}

function nthFromEnd<Item>(items: readonly Item[], n: number): Item | undefined {
  return items[items.length - n];
}
