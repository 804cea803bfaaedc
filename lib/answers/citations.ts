import { openLinks } from "./open-links.ts";

/** A citation mark: `[1]`, `[2, 3]` or `[passage 1]`, with the blanks before it; not a link's text. */
const MARK = /[ \t]*\[(?:(?:passages?|sources?)\s*)?(\d{1,2}(?:\s*[,;]\s*\d{1,2})*)\](?!\()/gi;

/** How the model says, before all else, that it sees a danger: `[risk:self-harm]`. */
const FIRST_RISK_MARK = /^\s*\[\s*risk\s*:\s*([a-z0-9-]{1,32})\s*\]/i;
const RISK_MARK = /[ \t]*\[\s*risk\s*:[^\][\n]{0,40}\](?!\()/gi;

/** The beginning of what may become a mark, at the end of a text that is still coming. */
const UNFINISHED_MARK = /[ \t]*\[[^\][\n]{0,48}$/;

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
      for (const number of numbers.split(/[,;]/)) cited.add(Number(number));
      return "";
    });
  return { text: openLinks(clean).trim(), cited: [...cited], ...(risk === undefined ? {} : { risk }) };
}
