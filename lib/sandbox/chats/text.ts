import { type BotApiError, badRequest } from "../bot-api/api-error.ts";
import { integer, isObject, type Params, string } from "../bot-api/params.ts";
import { telegramUrl } from "../bot-api/urls.ts";
import type { WireEntity } from "./wire.ts";

/** Telegram's limit for a message's text, in UTF-16 units after parsing. */
export const MAX_TEXT_LENGTH = 4096;
/** Telegram silently drops entities after this many. */
const MAX_ENTITIES = 100;
/** Telegram's limit for a caption, in UTF-16 units after parsing. */
export const MAX_CAPTION_LENGTH = 1024;
const LONE_SURROGATE = /\p{Cs}/u;

const INLINE_FORMATS = "bold italic underline strikethrough spoiler code text_link text_mention custom_emoji";
const FORMATS = new Set(`${INLINE_FORMATS} blockquote expandable_blockquote pre`.split(" "));
/** Telegram finds these itself and ignores given ones. */
const FOUND_BY_TELEGRAM = new Set(
  "mention hashtag cashtag bot_command url email phone_number bank_card_number".split(" "),
);

/** A text as `text` and `entities` of a message. */
export interface WireText {
  text: string;
  entities?: WireEntity[];
}

/**
 * Parses `text` and `entities` as Telegram does: trims the text, checks the limits, finds links and commands.
 * @throws BotApiError as Telegram does, and for `parse_mode`: Helpline always sends entities.
 */
export function readText(params: Params): WireText {
  refuseParseMode(params);
  const formatted = formatText(string(params, "text"), readEntities(params.entities));
  if (formatted.text === "") throw badRequest("message text is empty");
  if (formatted.text.length > MAX_TEXT_LENGTH) throw badRequest("message is too long");
  return formatted;
}

/** The caption of a message with media. */
export interface Caption {
  caption?: string;
  caption_entities?: WireEntity[];
}

/** Parses `caption` and `caption_entities` like a text; it may be empty. */
export function readCaption(params: Params): Caption {
  refuseParseMode(params);
  const { text, entities } = formatText(string(params, "caption"), readEntities(params.caption_entities));
  if (text.length > MAX_CAPTION_LENGTH) throw badRequest("message caption is too long");
  if (text === "") return {};
  return { caption: text, ...(entities ? { caption_entities: entities } : {}) };
}

/** Parses a draft's text, which may be empty: Telegram then shows that the bot is thinking. */
export function readDraftText(params: Params): WireText {
  if (string(params, "text") === "") return { text: "" };
  return readText(params);
}

/** Checks and trims a text with its entities, and adds the links, mentions and commands that Telegram finds. */
export function formatText(raw: string, given: WireEntity[]): WireText {
  if (LONE_SURROGATE.test(raw)) throw badRequest("strings must be encoded in UTF-8");
  for (const entity of given) checkBounds(raw, entity);
  const start = raw.length - raw.trimStart().length;
  const text = raw.trim();
  const kept = given
    .map((entity) => within(entity, start, text.length))
    .filter((entity) => entity.length > 0)
    .slice(0, MAX_ENTITIES);
  const entities = [...kept, ...findEntities(text, kept)].toSorted(
    (a, b) => a.offset - b.offset || b.length - a.length,
  );
  return entities.length > 0 ? { text, entities } : { text };
}

function refuseParseMode(params: Params): void {
  const mode = string(params, "parse_mode").toLowerCase();
  if (mode === "" || mode === "none") return;
  const known = ["html", "markdown", "markdownv2"].includes(mode);
  throw badRequest(
    known ? "parse_mode is not part of this simulation, send entities" : "unsupported parse_mode",
  );
}

function readEntities(value: unknown): WireEntity[] {
  if (value === undefined || value === null || value === "") return [];
  if (!Array.isArray(value)) throw badRequest("expected an Array of MessageEntity");
  return value.map(readEntity).filter((entity) => entity !== null);
}

function readEntity(value: unknown): WireEntity | null {
  if (!isObject(value)) throw refuseEntity("Expected an Object");
  const { type } = value;
  if (typeof type !== "string") throw refuseEntity('Can\'t find field "type"');
  for (const key of ["offset", "length"]) {
    if (value[key] === undefined) throw refuseEntity(`Can't find field "${key}"`);
    if (!Number.isSafeInteger(value[key])) throw refuseEntity(`Field "${key}" must be of type Number`);
  }
  if (FOUND_BY_TELEGRAM.has(type)) return null;
  if (!FORMATS.has(type)) throw refuseEntity("Unsupported type specified");
  return {
    type,
    offset: Number(value.offset),
    length: Number(value.length),
    ...details(type, value),
  };
}

function details(type: string, value: Record<string, unknown>): Partial<WireEntity> {
  if (type === "pre" && typeof value.language === "string" && value.language !== "") {
    return { language: value.language };
  }
  if (type === "text_link") {
    if (typeof value.url !== "string") throw refuseEntity('Can\'t find field "url"');
    return { url: telegramUrl(value.url, "entity URL") };
  }
  if (type === "text_mention") {
    const user = isObject(value.user) ? value.user : {};
    const id = integer(user, "id");
    if (id === undefined) throw badRequest("user not found");
    return { user: { id, is_bot: false, first_name: string(user, "first_name") } };
  }
  if (type === "custom_emoji") {
    const id = string(value, "custom_emoji_id");
    if (!/^\d{1,19}$/.test(id)) throw refuseEntity('Field "custom_emoji_id" must be a valid Number');
    return { custom_emoji_id: id };
  }
  return {};
}

function refuseEntity(reason: string): BotApiError {
  return badRequest(`can't parse MessageEntity: ${reason}`);
}

function checkBounds(text: string, { offset, length }: WireEntity): void {
  const end = offset + length;
  if (offset < 0) throw badRequest(`receive an entity with incorrect offset ${offset}`);
  if (length < 0) throw badRequest(`receive an entity with incorrect length ${length}`);
  if (length === 0) return;
  if (offset >= text.length) {
    throw badRequest(`entity begins after the end of the text at UTF-16 offset ${offset}`);
  }
  if (splitsSymbol(text, offset)) {
    throw badRequest(`entity begins in a middle of a UTF-16 symbol at UTF-16 offset ${offset}`);
  }
  const beginning = `entity beginning at UTF-16 offset ${offset}`;
  if (end > text.length) {
    throw badRequest(`${beginning} ends after the end of the text at UTF-16 offset ${end}`);
  }
  if (splitsSymbol(text, end)) {
    throw badRequest(`${beginning} ends in a middle of a UTF-16 symbol at UTF-16 offset ${end}`);
  }
}

function splitsSymbol(text: string, offset: number): boolean {
  const before = text.charCodeAt(offset - 1);
  const after = text.charCodeAt(offset);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}

function within(entity: WireEntity, start: number, length: number): WireEntity {
  const from = Math.min(Math.max(entity.offset - start, 0), length);
  const to = Math.min(Math.max(entity.offset + entity.length - start, 0), length);
  return { ...entity, offset: from, length: to - from };
}

const FINDERS: readonly [type: string, pattern: RegExp][] = [
  ["url", /\bhttps?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/gi],
  ["email", /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g],
  [
    "url",
    /(?<![\w@/.-])(?:[a-z0-9-]+\.)+(?:com|org|net|int|gov|edu|info|io|dev|uk|fr|be|ch|ca|eu)\b(?:\/[^\s<>"']*[^\s<>"'.,;:!?)\]}])?/gi,
  ],
  ["mention", /(?<![\w@])@[a-z]\w{3,31}/gi],
  ["bot_command", /(?<![\w/])\/\w{1,64}(?:@\w{3,32})?(?![\w/])/g],
  ["hashtag", /(?<![\w#])#\p{L}[\p{L}\p{N}_]*/gu],
];
/** Entities within which Telegram finds no others. */
const OPAQUE = new Set(["code", "pre", "text_link", "text_mention"]);

function findEntities(text: string, given: readonly WireEntity[]): WireEntity[] {
  const taken = given.filter(({ type }) => OPAQUE.has(type));
  const found: WireEntity[] = [];
  for (const [type, pattern] of FINDERS) {
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length };
      if ([...taken, ...found].some((other) => overlaps(other, entity))) continue;
      found.push(entity);
    }
  }
  return found;
}

function overlaps(a: WireEntity, b: WireEntity): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}
