import type { MessageEntity } from "node-telegram-bot-api";
import { type FormattedText, sliceFormatted } from "./formatted-text.ts";

/** An entity without its position. */
export type Style = Omit<MessageEntity, "offset" | "length">;

/**
 * Collects text and its entities, which can only nest in ways Telegram accepts: no style inside itself, and none
 * across code.
 */
export class RichText {
  /** Written before every line but the first; code and quotes are not indented. */
  indent = "";
  private text = "";
  private readonly entities: MessageEntity[] = [];
  /** The open styles, outermost first, each with the offset its entity begins at. */
  private readonly open: { style: Style; start: number }[] = [];
  /** Line ends to write before the next text; none is written at the beginning or the end. */
  private pendingLineEnds = 0;

  /** Ends the line before the next text, with an empty line between when `blank`. */
  breakLine(blank = false): void {
    if (this.text !== "") this.pendingLineEnds = Math.max(this.pendingLineEnds, blank ? 2 : 1);
  }

  write(text: string): void {
    if (text === "") return;
    this.writeLineEnds(this.indent);
    this.text += this.indent === "" ? text : text.replaceAll("\n", `\n${this.indent}`);
  }

  /** Writes `content` in a style; a style within itself is left out. */
  styled(style: Style, content: () => void): void {
    if (this.isOpen(style.type)) {
      content();
      return;
    }
    const opened = { style, start: this.text.length };
    this.open.push(opened);
    content();
    this.open.pop();
    this.close(opened);
  }

  isOpen(type: string): boolean {
    return this.open.some(({ style }) => style.type === type);
  }

  /** Writes a code span, interrupting the styles around it except quotes. */
  code(text: string): void {
    this.writeLineEnds(this.indent);
    this.verbatim({ type: "code" }, text, ({ type }) => type !== "blockquote");
  }

  /** Writes a code block on lines of its own, interrupting every style. */
  pre(style: Style, text: string): void {
    this.breakLine();
    this.writeLineEnds("");
    this.verbatim(style, text, () => true);
  }

  /** The text for Telegram: trimmed, without empty entities. */
  finish(): FormattedText {
    // The outer of two entities over the same text was closed last and must come first.
    return sliceFormatted({ text: this.text, entities: this.entities.toReversed() }, 0, this.text.length);
  }

  private verbatim(style: Style, text: string, interrupts: (style: Style) => boolean): void {
    const interrupted = this.open.filter((opened) => interrupts(opened.style));
    for (const opened of interrupted) this.close(opened);
    const start = this.text.length;
    this.text += text;
    this.close({ style, start });
    for (const opened of interrupted) opened.start = this.text.length;
  }

  private close({ style, start }: { style: Style; start: number }): void {
    const length = this.text.length - start;
    if (length > 0) this.entities.push({ ...style, offset: start, length });
  }

  private writeLineEnds(indent: string): void {
    if (this.pendingLineEnds > 0) this.text += "\n".repeat(this.pendingLineEnds) + indent;
    this.pendingLineEnds = 0;
  }
}
