import { type FormattedText, sliceFormatted } from "./formatted-text.ts";

/** The longest message text, in UTF-16 units after parsing (Bot API, sendMessage). */
const MAX_MESSAGE_LENGTH = 4096;

/** More entities in one message are ignored by Telegram (Bot API, "limits on entities"). */
const MAX_ENTITIES = 100;

/** How far beyond the limit the segmenters look to see whether a sentence or a character continues. */
const LOOK_AHEAD = 64;

const sentences = new Intl.Segmenter(undefined, { granularity: "sentence" });
const words = new Intl.Segmenter(undefined, { granularity: "word" });
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Ways to find the last good place to cut at or before `size`, best first; each returns 0 or less for none. */
const BREAKS: readonly ((window: string, size: number) => number)[] = [
  (window, size) => window.lastIndexOf("\n\n", size),
  (window, size) => window.lastIndexOf("\n", size),
  (window, size) => segmentStart(sentences, window, size),
  (window, size) => window.lastIndexOf(" ", size),
];

/**
 * Splits a formatted text into messages of at most `limit` UTF-16 units (2 or more) and 100 entities: after a
 * paragraph, else a line, else a sentence, else a word, and inside a word only when it alone is too long. Entities
 * continue in every piece they reach. Only white space is lost at the cuts; no piece is empty.
 */
export function splitFormatted(formatted: FormattedText, limit = MAX_MESSAGE_LENGTH): FormattedText[] {
  if (limit < 2) throw new RangeError("A message piece needs room for 2 UTF-16 units");
  const whole = sliceFormatted(formatted, 0, formatted.text.length);
  const pieces: FormattedText[] = [];
  let from = 0;
  while (from < whole.text.length) {
    const to = furthestEnd(whole, from, limit);
    const cut =
      to === whole.text.length ? to : from + findCut(whole.text.slice(from, to + LOOK_AHEAD), to - from);
    const piece = sliceFormatted(whole, from, cut);
    if (piece.text !== "") pieces.push({ ...piece, entities: piece.entities.slice(0, MAX_ENTITIES) });
    from = cut;
  }
  return pieces;
}

/** The furthest end that length and number of entities allow. */
function furthestEnd({ text, entities }: FormattedText, from: number, limit: number): number {
  const end = Math.min(from + limit, text.length);
  const touching = entities.filter(({ offset, length }) => offset < end && offset + length > from);
  const firstTooMany = touching[MAX_ENTITIES]?.offset ?? end;
  return firstTooMany > from ? firstTooMany : end;
}

/** Where to cut `window`, at most `size` from its beginning; prefers a place that leaves no short piece. */
function findCut(window: string, size: number): number {
  for (const least of [size / 2, 0]) {
    for (const findBreak of BREAKS) {
      const at = findBreak(window, size);
      if (at > least) return at;
    }
  }
  return (
    segmentStart(words, window, size) ||
    segmentStart(characters, window, size) ||
    betweenSurrogatePairs(window, size)
  );
}

function segmentStart(segmenter: Intl.Segmenter, window: string, at: number): number {
  return segmenter.segment(window).containing(at)?.index ?? 0;
}

/** The last resort: one character longer than a message, such as a letter under thousands of accents. */
function betweenSurrogatePairs(window: string, size: number): number {
  const startsPair = /[\uD800-\uDBFF]/.test(window.charAt(size - 1));
  return startsPair && size > 1 ? size - 1 : size;
}
