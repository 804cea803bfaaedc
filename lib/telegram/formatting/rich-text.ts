import type { MessageEntity } from "node-telegram-bot-api";
import { type FormattedText, sliceFormatted } from "./formatted-text.ts";

/** What makes an entity, without its place. */
export type Style = Omit<MessageEntity, "offset" | "length">;

/**
 * Collects text and the entities over it, so that they can only nest in ways Telegram accepts: no style inside
 * itself, and none across code.
 */
export class RichText {
  /** Put before every line but the first; code and quotes stand at the margin. */
  indent = "";
  private text = "";
  private readonly entities: MessageEntity[] = [];
  /** Styles being written now, outermost first, each with the offset its entity begins at. */
  private readonly open: { style: Style; start: number }[] = [];
  /** Line ends owed before the next text; none is written at the beginning or the end. */
  private owedLineEnds = 0;

  /** Ends the line before whatever comes next, with an empty line between when `blank`. */
  breakLine(blank = false): void {
    if (this.text !== "") this.owedLineEnds = Math.max(this.owedLineEnds, blank ? 2 : 1);
  }

  write(text: string): void {
    if (text === "") return;
    this.payLineEnds(this.indent);
    this.text += this.indent === "" ? text : text.replaceAll("\n", `\n${this.indent}`);
  }

  /** Writes `content` in a style; a style within itself says nothing new and is left out. */
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

  /** Writes a code span: the styles around it pause for it, quotes go on. */
  code(text: string): void {
    this.payLineEnds(this.indent);
    this.verbatim({ type: "code" }, text, ({ type }) => type !== "blockquote");
  }

  /** Writes a code block on lines of its own; every style pauses for it. */
  pre(style: Style, text: string): void {
    this.breakLine();
    this.payLineEnds("");
    this.verbatim(style, text, () => true);
  }

  /** What was written, ready for Telegram: trimmed, without empty entities. */
  finish(): FormattedText {
    // The outer of two entities over the same text was closed last and must come first.
    return sliceFormatted({ text: this.text, entities: this.entities.toReversed() }, 0, this.text.length);
  }

  private verbatim(style: Style, text: string, pauses: (style: Style) => boolean): void {
    const paused = this.open.filter((opened) => pauses(opened.style));
    for (const opened of paused) this.close(opened);
    const start = this.text.length;
    this.text += text;
    this.close({ style, start });
    for (const opened of paused) opened.start = this.text.length;
  }

  private close({ style, start }: { style: Style; start: number }): void {
    const length = this.text.length - start;
    if (length > 0) this.entities.push({ ...style, offset: start, length });
  }

  private payLineEnds(indent: string): void {
    if (this.owedLineEnds > 0) this.text += "\n".repeat(this.owedLineEnds) + indent;
    this.owedLineEnds = 0;
  }
}
