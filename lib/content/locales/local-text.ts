import * as z from "zod";
import { formatMarkdown } from "../../telegram/index.ts";

/** A text in every language of `bot.yaml`, by language code. Markdown, except for labels. */
export type LocalText = Readonly<Record<string, string>>;

/** Telegram's limit for a message, in UTF-16 units after parsing. */
export const MAX_MESSAGE_LENGTH = 4096;
/** For buttons and titles; phones cut longer ones. */
export const MAX_LABEL_LENGTH = 64;

/** The schemas of texts in flows and topics. */
export interface LocalTextSchemas {
  /** Markdown that fits into one message, with `reserved` UTF-16 units left for what the bot adds. */
  message(reserved?: number): z.ZodType<LocalText>;
  /** Plain text for a button or a title. */
  label(): z.ZodType<LocalText>;
}

/** Creates the schemas for a bot with these languages. With a single language, a text may be a plain string. */
export function localTexts(languages: readonly string[]): LocalTextSchemas {
  return {
    message: (reserved = 0) =>
      localText(languages, (text) => {
        const { length } = formatMarkdown(text, () => true).text;
        if (length === 0) return "shows nothing; write a text";
        return tooLong(length, MAX_MESSAGE_LENGTH - reserved);
      }),
    label: () =>
      localText(languages, (text) => {
        if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(text)) return "shows nothing; write a text";
        if (text.includes("\n")) return "must be one line";
        return tooLong(text.length, MAX_LABEL_LENGTH);
      }),
  };
}

function tooLong(length: number, limit: number): string | null {
  return length > limit ? `is too long; use at most ${limit} characters (it has ${length})` : null;
}

function localText(
  languages: readonly string[],
  findMistake: (text: string) => string | null,
): z.ZodType<LocalText> {
  const known = languages.join(", ");
  return z.unknown().transform((written, context): LocalText => {
    const refuse = (path: string[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    const [onlyLanguage] = languages;
    const byLanguage =
      typeof written === "string" && languages.length === 1 && onlyLanguage
        ? { [onlyLanguage]: written }
        : written;
    if (byLanguage === undefined || byLanguage === null) {
      refuse([], "is missing; add it");
      return z.NEVER;
    }
    if (typeof byLanguage !== "object" || Array.isArray(byLanguage)) {
      refuse([], `must have a text in each language (${known}), a line each, such as "${onlyLanguage}: …"`);
      return z.NEVER;
    }
    const texts = new Map<string, unknown>(Object.entries(byLanguage));
    for (const language of texts.keys()) {
      if (languages.includes(language)) continue;
      const hint = "put a text in quotes when it holds a comma";
      refuse([language], `is not one of the languages (${known}); remove it, or ${hint}`);
    }
    for (const language of languages) {
      const text = texts.get(language);
      if (text === undefined || text === null || text === "") refuse([language], "is missing; add it");
      else if (typeof text !== "string") refuse([language], "must be a text; put it in quotes");
      else {
        const mistake = findMistake(text.trim());
        if (mistake) refuse([language], mistake);
      }
    }
    return Object.fromEntries(languages.map((language) => [language, String(texts.get(language)).trim()]));
  });
}
