import { readCitations, withoutMarks } from "./citations.ts";

/** The part of a last line that is read again with each piece; of a longer one only when it has grown by a part of it. */
const SHORT_LINE = 512;
const GROWTH = 1.0625;

/** The text of one call as it arrives. Finished lines are not read again, so each piece costs what it brings. */
export class StreamedText {
  #raw = "";
  /** What a person sees of the finished lines. */
  #lines = "";
  #lastLine = "";
  /** The length of the last line at which it is read again. */
  #lookAt = 0;

  /** All that arrived, with marks. */
  get raw(): string {
    return this.#raw;
  }

  /** Adds a piece. @returns what a person sees of the text so far, or undefined when that is not worth a look yet */
  add(piece: string): string | undefined {
    this.#raw += piece;
    this.#lastLine += piece;
    const end = this.#lastLine.lastIndexOf("\n") + 1;
    if (end > 0) {
      this.#lines += withoutMarks(this.#lastLine.slice(0, end));
      this.#lastLine = this.#lastLine.slice(end);
      this.#lookAt = 0;
    }
    const { length } = this.#lastLine;
    if (length > SHORT_LINE && length < this.#lookAt) return undefined;
    this.#lookAt = length * GROWTH;
    return `${this.#lines}${withoutMarks(this.#lastLine)}`.trim();
  }

  /** Whether nothing of the whole text is for people's eyes: citation marks alone count as no text. */
  isEmpty(): boolean {
    return readCitations(this.#raw).text === "";
  }
}
