/** How much of the end of a text is looked at (UTF-16 units), so that a look takes bounded time. */
const WINDOW = 4_096;
/** The text is looked at each time it has grown by this much. */
const STEP = 256;
/** What is a loop: this often and this long together. Shorter units, such as blanks or dashes, must go on for longer. */
const MIN_REPEATS = 3;
const MIN_LENGTH = 120;
const SHORT_UNIT = 20;
const MIN_LENGTH_OF_SHORT = 400;
/** Without a letter or a digit it may be the rows of a chart drawn with characters. */
const MIN_LENGTH_OF_MARKS = 1_200;
const HAS_WORDS = /[\p{L}\p{N}]/u;

/** Finds the loop that a model falls into while it writes. A piece of text costs what it brings. */
export class RepetitionWatch {
  #lookAt = STEP;
  readonly #borders = new Uint16Array(WINDOW + 1);

  /** Where the first repetition begins in the text so far; undefined while it does not end in one. */
  find(textSoFar: string): number | undefined {
    if (textSoFar.length < this.#lookAt) return undefined;
    this.#lookAt = textSoFar.length + STEP;
    return this.findAtEnd(textSoFar);
  }

  /** The same for a text that is complete. */
  findAtEnd(text: string): number | undefined {
    const from = Math.max(0, text.length - WINDOW);
    const loop = this.#longestLoop(text, text.length - from);
    if (!loop) return undefined;
    if (loop.length < MIN_LENGTH_OF_MARKS && !HAS_WORDS.test(text.slice(-loop.unit))) return undefined;
    let start = text.length - loop.length;
    while (start > 0 && text[start - 1] === text[start - 1 + loop.unit]) start -= 1;
    return start + loop.unit;
  }

  /**
   * The longest repetition that the text ends in. The prefix function of Knuth, Morris and Pratt over the reversed window
   * gives the smallest period of every suffix.
   */
  #longestLoop(text: string, length: number): { unit: number; length: number } | undefined {
    const borders = this.#borders;
    const at = (index: number): number => text.charCodeAt(text.length - 1 - index);
    let longest: { unit: number; length: number } | undefined;
    let border = 0;
    borders[0] = 0;
    for (let index = 1; index < length; index += 1) {
      while (border > 0 && at(index) !== at(border)) border = borders[border - 1] ?? 0;
      if (at(index) === at(border)) border += 1;
      borders[index] = border;
      const suffix = index + 1;
      const unit = suffix - border;
      const minLength = unit < SHORT_UNIT ? MIN_LENGTH_OF_SHORT : MIN_LENGTH;
      if (suffix >= MIN_REPEATS * unit && suffix >= minLength) longest = { unit, length: suffix };
    }
    return longest;
  }
}
