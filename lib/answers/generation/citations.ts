import { openLinks } from "./open-links.ts";

/*
 * Each mark is matched with the blanks before it, from the first of them only: tried from every one, a flood of blanks,
 * which models fall into, would keep the program busy for seconds.
 */

/** A citation mark: `[1]`, `[2, 3]`, `[2-4]` or `[passage 1, passage 2]`; not a link's text. */
const MARK =
  /(?<![ \t])[ \t]*\[((?:(?:passages?|sources?)\s?)?\d{1,2}(?:\s?(?:[,;–-]|and|et)\s?(?:(?:passages?|sources?)\s?)?\d{1,2}){0,9})\](?!\()/gi;

/** How the model says, before all else, that it sees a danger: `[risk:self-harm]`. */
const FIRST_RISK_MARK = /^\s*\[\s*risk\s*:\s*([a-z0-9-]{1,32})\s*\]/i;
const RISK_MARK = /(?<![ \t])[ \t]*\[\s*risk\s*:[^\][\n]{0,40}\](?!\()/gi;

/** The beginning of what may become a mark, at the end of a text that is still coming. */
const UNFINISHED_MARK = /(?<![ \t])[ \t]*\[[^\][\n]{0,48}$/;

/** What a person sees of the model's text, and what the model cites. */
export interface CitedText {
  /** The text without marks, its links opened, trimmed. */
  text: string;
  /** The numbers cited, each once, in order; they may name no passage. */
  cited: readonly number[];
  /** What the text begins with a mark for; it may name no rule. Marks further on are quotations and mean nothing. */
  risk?: string;
}

/** Takes the marks out of a text, and the beginning of one where the text is cut or still coming. */
export function readCitations(text: string): CitedText {
  const cited = new Set<number>();
  const risk = FIRST_RISK_MARK.exec(text)?.[1]?.toLowerCase();
  const clean = text
    .replace(UNFINISHED_MARK, "")
    .replaceAll(RISK_MARK, "")
    .replace(MARK, (_mark, numbers: string) => {
      for (const number of numbersIn(numbers)) cited.add(number);
      return "";
    });
  return { text: openLinks(clean).trim(), cited: [...cited], ...(risk === undefined ? {} : { risk }) };
}

/** The numbers in a mark; a range stands for all of its numbers. */
function numbersIn(mark: string): number[] {
  return [...mark.matchAll(/(\d+)(?:\s?[–-]\s?\D*?(\d+))?/g)].flatMap(([, first = "", last = first]) => {
    const count = Math.max(0, Number(last) - Number(first)) + 1;
    return Array.from({ length: count }, (_, index) => Number(first) + index);
  });
}
