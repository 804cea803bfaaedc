/*
 * The lookbehinds let a mark match together with the blanks before it from their first one only. Tried from every
 * blank, a flood of blanks, which models fall into, would take seconds (quadratic time).
 */

/** A citation mark: `[1]`, `[2, 3]`, `[2-4]` or `[passage 1, passage 2]`; not a link's text. */
const MARK =
  /(?<![ \t])[ \t]*\[((?:(?:passages?|sources?)\s?)?\d{1,2}(?:\s?(?:[,;–-]|and|et)\s?(?:(?:passages?|sources?)\s?)?\d{1,2}){0,9})\](?!\()/gi;

/** The model's sign that it sees a danger, at the start of its answer: `[risk:self-harm]`. */
const FIRST_RISK_MARK = /^\s*\[\s*risk\s*:\s*([a-z0-9-]{1,32})\s*\]/i;
const RISK_MARK = /(?<![ \t])[ \t]*\[\s*risk\s*:[^\][\n]{0,40}\](?!\()/gi;

/** A mark that is cut off at the end of a streamed text. */
const UNFINISHED_MARK = /(?<![ \t])[ \t]*\[[^\][\n]{0,48}$/;

/** What a person sees of the model's text, and what the model cites. */
export interface CitedText {
  /** The text without marks, its links opened, trimmed. */
  text: string;
  /** The numbers cited, each once, in order; they may name no passage. */
  cited: readonly number[];
  /** The id in a risk mark at the start; it may name no rule. Marks further on are quotations and are ignored. */
  risk?: string;
}

/** Removes the marks from a text, finished or still streaming, and reads them. */
export function readCitations(text: string): CitedText {
  const cited = new Set<number>();
  const risk = FIRST_RISK_MARK.exec(text)?.[1]?.toLowerCase();
  const clean = withoutMarks(text, (numbers) => {
    for (const number of numbersIn(numbers)) cited.add(number);
  });
  return { text: clean.trim(), cited: [...cited], ...(risk === undefined ? {} : { risk }) };
}

/** Removes the marks from a text or a part of it. @param onMark called with the numbers of each citation mark */
export function withoutMarks(text: string, onMark: (numbers: string) => void = () => {}): string {
  return text
    .replace(UNFINISHED_MARK, "")
    .replaceAll(RISK_MARK, "")
    .replace(MARK, (_mark, numbers: string) => {
      onMark(numbers);
      return "";
    });
}

/** The numbers in a mark; a range means all of its numbers. */
function numbersIn(mark: string): number[] {
  return [...mark.matchAll(/(\d+)(?:\s?[–-]\s?\D*?(\d+))?/g)].flatMap(([, first = "", last = first]) => {
    const count = Math.max(0, Number(last) - Number(first)) + 1;
    return Array.from({ length: count }, (_, index) => Number(first) + index);
  });
}
