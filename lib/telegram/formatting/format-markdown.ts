import { type FormattedText, sliceFormatted } from "./formatted-text.ts";
import { type IsKnownLink, withHonestLinks } from "./honest-links.ts";
import { lexMarkdown } from "./markdown-lexer.ts";
import { writeBlocks } from "./markdown-writer.ts";
import { cutAtParagraphs } from "./paragraphs.ts";
import { RichText } from "./rich-text.ts";
import { closeUnfinished } from "./unfinished.ts";

/**
 * Longer texts (four full messages) are formatted in parts, and a longer paragraph stays plain, because marked takes
 * quadratic time for some hostile inputs.
 */
const MAX_MARKDOWN_LENGTH = 16_384;

/** A line of a quote, which may be an item of lists. */
const QUOTE_LINE = /^[ \t*+\-\d.)]*>/gm;
/** With more of them a part stays plain, too: for each, marked reads all that follows. */
const MAX_QUOTE_LINES = 300;

/**
 * Turns Markdown, such as a model writes, into text and entities (not for `parse_mode`).
 * Nothing in it is trusted: HTML is shown as text, and the text of a link is its address, unless `isKnownLink` says that
 * the operator wrote it.
 * The text is trimmed, and empty only when there is nothing to see. It may exceed the length and the number of
 * entities of one message; `splitFormatted` cuts it.
 */
export function formatMarkdown(markdown: string, isKnownLink: IsKnownLink = () => false): FormattedText {
  const parts = cutAtParagraphs(wellFormed(markdown), MAX_MARKDOWN_LENGTH).map(formatPart);
  const formatted = parts.filter(({ text }) => text !== "").reduce(joined, { text: "", entities: [] });
  return withHonestLinks(formatted, isKnownLink);
}

function formatPart(markdown: string): FormattedText {
  const quoteLines = markdown.match(QUOTE_LINE)?.length ?? 0;
  if (markdown.length > MAX_MARKDOWN_LENGTH || quoteLines > MAX_QUOTE_LINES) {
    return sliceFormatted({ text: markdown, entities: [] }, 0, markdown.length);
  }
  const out = new RichText();
  writeBlocks(out, lexMarkdown(markdown));
  return out.finish();
}

/** One text above another, separated by an empty line. */
function joined(above: FormattedText, below: FormattedText): FormattedText {
  if (above.text === "") return below;
  const start = above.text.length + 2;
  const moved = below.entities.map((entity) => ({ ...entity, offset: entity.offset + start }));
  return { text: `${above.text}\n\n${below.text}`, entities: [...above.entities, ...moved] };
}

/**
 * Formats the beginning of a Markdown text that is still being written: an open style, code span or link is shown as
 * if it were complete, and a mark whose text has not arrived is left out.
 */
export function formatUnfinishedMarkdown(markdown: string, isKnownLink?: IsKnownLink): FormattedText {
  return formatMarkdown(closeUnfinished(markdown), isKnownLink);
}

/**
 * Telegram refuses half a surrogate pair and turns control characters into spaces. An override of the writing direction
 * would show an address backwards.
 */
function wellFormed(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/(?![\n\t])\p{Cc}/gu, " ")
    .replaceAll(/[\u202D\u202E]/g, "")
    .replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
