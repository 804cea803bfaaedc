import type { InboxTurn, InboxUpdate } from "../../inbox/index.ts";
import type { MessagePart } from "../../store/index.ts";
import type { Message, Update } from "../../telegram/index.ts";

/** A message that came as several updates. */
export interface JoinedMessage {
  /** The update of the first part, with the texts or captions of all. */
  update: Update;
  /** Every part, in order; one when the message came whole. */
  parts: readonly Message[];
  /** The seq of the last part. */
  lastSeq: number;
}

/** How long to wait for the next part, in milliseconds: parts follow each other at once. */
const QUIET_MS = 1_000;

/** The most between two parts by their dates, in seconds. */
const QUIET_S = 3;

/**
 * Telegram's apps cut a text of more than 4096 UTF-16 units, and no part but the last is shorter than half of that (the
 * desktop app's `CutPart`).
 */
const MAX_PART_LENGTH = 4096;
const MIN_PART_LENGTH = MAX_PART_LENGTH / 2;

/** The most of a cut text that is joined, in UTF-16 units: a question that long is refused anyway. */
const MAX_JOINED_LENGTH = 6 * MAX_PART_LENGTH;

/** Waits for the rest of an album, of a cut text or of what was forwarded with it, so that it is one question. */
export async function joinParts(
  { seq, update }: InboxUpdate,
  turn: Pick<InboxTurn, "join">,
): Promise<JoinedMessage> {
  const { message } = update;
  const follows = message && followerTest(message);
  if (!follows) return { update, parts: message ? [message] : [], lastSeq: seq };
  const joined = await turn.join(follows, QUIET_MS);
  const parts = [message, ...joined.flatMap((other) => other.update.message ?? [])];
  return { update: { ...update, message: whole(message, parts) }, parts, lastSeq: joined.at(-1)?.seq ?? seq };
}

/** Tests whether each next update continues the message; undefined for a message that is complete. */
function followerTest(message: Message): ((update: Update) => boolean) | undefined {
  const { media_group_id: album } = message;
  if (album !== undefined) return (update) => update.message?.media_group_id === album;
  if (!isCut(message) && !isForwardedText(message)) return undefined;
  let last = message;
  return ({ message: next }) => {
    const isNext = next !== undefined && (isCut(last) || isForwardedText(last)) && goesOn(last, next);
    if (isNext) last = next;
    return isNext;
  };
}

function isCut({ text }: Message): boolean {
  return text !== undefined && text.length >= MIN_PART_LENGTH && !text.startsWith("/");
}

/** Several messages can be forwarded at once. */
function isForwardedText({ text, forward_origin, chat }: Message): boolean {
  return text !== undefined && forward_origin !== undefined && chat.type === "private";
}

function goesOn(last: Message, next: Message): boolean {
  return (
    next.from?.id === last.from?.id &&
    next.text !== undefined &&
    !next.text.startsWith("/") &&
    (next.forward_origin === undefined) === (last.forward_origin === undefined) &&
    next.date - last.date <= QUIET_S
  );
}

function whole(first: Message, parts: readonly Message[]): Message {
  if (first.text !== undefined) return { ...first, text: joinedText(parts.map(partOf)) };
  const captions = parts.flatMap(({ caption }) => caption ?? []);
  return { ...first, ...(captions.length > 0 ? { caption: captions.join("\n") } : {}) };
}

/** A full part was cut inside a line or word; a shorter one at a line break, which Telegram removed. */
function partOf({ message_id: telegramMessageId, text = "" }: Message): MessagePart {
  return { telegramMessageId, text, ...(text.length === MAX_PART_LENGTH ? { isCutInside: true } : {}) };
}

function joinedText(parts: readonly MessagePart[]): string {
  return parts
    .map(({ text, isCutInside }) => text + (isCutInside ? "" : "\n"))
    .join("")
    .slice(0, MAX_JOINED_LENGTH)
    .trimEnd();
}

/** What is stored of a text that came in several messages, so that one of them can be edited. */
export function partsOf(messages: readonly Message[]): { parts?: readonly MessagePart[] } {
  const isCutText = messages.length > 1 && messages.every(({ text }) => text !== undefined);
  return isCutText ? { parts: messages.map(partOf) } : {};
}

/** A cut text of which one message was edited. @returns the whole text and its messages */
export function withEditedPart(
  parts: readonly MessagePart[],
  edited: Message,
): { text: string; messages: readonly Message[]; parts: readonly MessagePart[] } {
  const present = parts.map((part) =>
    part.telegramMessageId === edited.message_id ? { ...part, text: edited.text ?? "" } : part,
  );
  const messages = present.map(({ telegramMessageId, text }) => ({
    ...edited,
    message_id: telegramMessageId,
    text,
  }));
  return { text: joinedText(present), messages, parts: present };
}
