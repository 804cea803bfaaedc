import { type FormattedText, sliceFormatted } from "./formatted-text.ts";
import { lexMarkdown } from "./markdown-lexer.ts";
import { writeBlocks } from "./markdown-writer.ts";
import { RichText } from "./rich-text.ts";
import { closeUnfinished } from "./unfinished.ts";

/** Longer texts (four full messages) stay plain: marked's time grows with the square of some hostile inputs. */
const MAX_MARKDOWN_LENGTH = 16_384;

/**
 * Turns Markdown, such as a model writes, into text and entities for Telegram, never for `parse_mode`.
 * Nothing in it is trusted: HTML is shown as the text it is, and only http, https and tg links can be pressed.
 * The text is trimmed, and empty only when there is nothing to see. It may be longer than one message and hold more
 * entities than one may: `splitFormatted` sees to that.
 */
export function formatMarkdown(markdown: string): FormattedText {
  const source = wellFormed(markdown);
  if (source.length > MAX_MARKDOWN_LENGTH) {
    return sliceFormatted({ text: source, entities: [] }, 0, source.length);
  }
  const out = new RichText();
  writeBlocks(out, lexMarkdown(source));
  return out.finish();
}

/**
 * Formats the beginning of a Markdown text that is still being written: a style, code span or link that has begun is
 * shown as if it were complete, and a mark without its text yet is not shown.
 */
export function formatUnfinishedMarkdown(markdown: string): FormattedText {
  return formatMarkdown(closeUnfinished(markdown));
}

/** Telegram refuses half a surrogate pair and turns control characters into spaces. */
function wellFormed(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/(?![\n\t])\p{Cc}/gu, " ")
    .replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
