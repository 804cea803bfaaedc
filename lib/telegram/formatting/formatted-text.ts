import type { MessageEntity } from "node-telegram-bot-api";

/** A text and its formatting for Telegram: offsets and lengths in UTF-16 units, sorted by offset. */
export interface FormattedText {
  text: string;
  entities: MessageEntity[];
}

/** White space and invisible characters: Telegram refuses a message of these alone. */
const INVISIBLE = /^[\s\p{Cf}\u115F\u1160\u2800\u3164\uFFA0]*$/u;

/**
 * The part of `formatted` from `from` to `to` (UTF-16 units), trimmed, with the entities clipped to it.
 * Code keeps the indentation of its first line. A part with nothing visible is empty.
 */
export function sliceFormatted({ text, entities }: FormattedText, from: number, to: number): FormattedText {
  const touching = entities.filter(({ offset, length }) => offset < to && offset + length > from);
  const firstCode = touching.find(
    ({ type, offset }) => type === "pre" && text.slice(from, offset).trim() === "",
  );
  const end = trimmedEnd(text, from, to);
  const start = firstCode
    ? withoutBlankLines(text, Math.max(from, firstCode.offset), end)
    : trimmedStart(text, from, end);
  if (INVISIBLE.test(text.slice(start, end))) return { text: "", entities: [] };
  return {
    text: text.slice(start, end),
    entities: touching.flatMap((entity) => clipEntity(text, entity, start, end)).toSorted(byPlace),
  };
}

/** Drops an entity without a visible character and trims the others, as Telegram does. */
function clipEntity(text: string, entity: MessageEntity, from: number, to: number): MessageEntity[] {
  const first = Math.max(entity.offset, from);
  const end = trimmedEnd(text, first, Math.min(entity.offset + entity.length, to));
  const start = entity.type === "pre" ? withoutBlankLines(text, first, end) : trimmedStart(text, first, end);
  if (INVISIBLE.test(text.slice(start, end))) return [];
  return [{ ...entity, offset: start - from, length: end - start }];
}

/** Outer entities before the ones inside them. */
function byPlace(a: MessageEntity, b: MessageEntity): number {
  return a.offset - b.offset || b.length - a.length;
}

function trimmedStart(text: string, from: number, to: number): number {
  return to - text.slice(from, to).trimStart().length;
}

function trimmedEnd(text: string, from: number, to: number): number {
  return from + text.slice(from, to).trimEnd().length;
}

function withoutBlankLines(text: string, from: number, to: number): number {
  return from + text.slice(from, trimmedStart(text, from, to)).lastIndexOf("\n") + 1;
}
