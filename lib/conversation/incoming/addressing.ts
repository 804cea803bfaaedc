import type { Message, MessageEntity } from "../../telegram/index.ts";
import type { Bot } from "./incoming.ts";

/** A text or caption with its formatting. */
export interface Words {
  text: string;
  entities: readonly MessageEntity[];
}

/** A command at the beginning of a text or caption. */
export interface Command {
  name: string;
  args: string;
}

/** In these an @name is no mention and a /name no command. Telegram marks none there either. */
const OPAQUE: readonly MessageEntity["type"][] = ["code", "pre", "url", "email", "text_link"];

/** The text of a message, or else its caption. */
export function wordsOf(message: Message): Words {
  const { text, caption, entities = [], caption_entities = [] } = message;
  return text === undefined ? { text: caption ?? "", entities: caption_entities } : { text, entities };
}

/** The command a text begins with; null if there is none, or it is for another bot. */
export function commandOf({ text, entities }: Words, bot: Bot): Command | null | "of-another-bot" {
  const [whole, name = "", to] = /^\/([a-z\d_]{1,32})(?:@(\w+))?(?:\s+|$)/i.exec(text) ?? [];
  if (whole === undefined || entities.some((entity) => isOpaque(entity) && entity.offset === 0)) return null;
  if (to !== undefined && to.toLowerCase() !== bot.username.toLowerCase()) return "of-another-bot";
  return { name: name.toLowerCase(), args: text.slice(whole.length).trim() };
}

export function isMentioned(words: Words, bot: Bot): boolean {
  return mentionsOf(words, bot).length > 0;
}

/** The text without mentions of the bot. */
export function withoutMention(words: Words, bot: Bot): string {
  let rest = words.text;
  for (const { start, end } of mentionsOf(words, bot).toReversed())
    rest = rest.slice(0, start) + rest.slice(end);
  return rest.replaceAll(/ {2,}/g, " ").trim();
}

interface Range {
  start: number;
  end: number;
}

/** Where the bot is mentioned: by its @name, or by a link to it, which Telegram marks as `text_mention`. */
function mentionsOf({ text, entities }: Words, { id, username }: Bot): Range[] {
  const links = entities.filter(({ type, user }) => type === "text_mention" && user?.id === id);
  const opaque = entities.filter(isOpaque);
  const names = username === "" ? [] : [...text.matchAll(new RegExp(`(?<![\\w@])@${username}\\b`, "gi"))];
  return [
    ...links.map(({ offset, length }) => ({ start: offset, end: offset + length })),
    ...names
      .map((match) => ({ start: match.index, end: match.index + match[0].length }))
      .filter(
        ({ start }) => !opaque.some(({ offset, length }) => start >= offset && start < offset + length),
      ),
  ].toSorted((a, b) => a.start - b.start);
}

function isOpaque({ type }: MessageEntity): boolean {
  return OPAQUE.includes(type);
}
