/**
 * Splits texts of any language into words for search. Latin accents and Arabic marks are folded, and scripts written
 * without spaces are segmented by `Intl.Segmenter` (about 70 µs a text on Node 20).
 */

/** Scripts written without spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese. */
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const ARABIC = /\p{Script=Arabic}/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

const NOT_ASCII = /[^\0-\x7f]/;

/** Lower case, without Latin accents; Arabic letter forms that people mix up become one. Other scripts keep their marks. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (!NOT_ASCII.test(lower)) return lower;
  const folded = lower
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replaceAll("œ", "oe")
    .replaceAll("æ", "ae")
    .replaceAll("ß", "ss");
  return ARABIC.test(folded) ? foldArabic(folded) : folded.normalize("NFC");
}

/** Drops short vowels, hamza marks and tatweel, and unifies alef, ya and ta marbuta. */
function foldArabic(text: string): string {
  return text
    .replace(/[\u064b-\u065f\u0670\u0640]/g, "")
    .replace(/[\u0622\u0623\u0625\u0671]/g, "\u0627")
    .replaceAll("\u0649", "\u064a")
    .replaceAll("\u0629", "\u0647");
}

const APOSTROPHE = /['\u2019]/;
const CONTRACTION = /(?<=[a-z])['\u2019](?=(?:t|s|re|ve|ll|d|m)\b)/g;

/** The words of a text, folded, in order. Apostrophes end a word except in English contractions: `don't` is `dont`. */
export function wordsOf(text: string): string[] {
  const folded = fold(text);
  const plain = APOSTROPHE.test(folded) ? folded.replace(CONTRACTION, "") : folded;
  if (!NOT_ASCII.test(plain)) return plain.match(/[a-z0-9]+/g) ?? [];
  const words = plain.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.flatMap((word) => {
    if (isWithoutSpaces(word)) return segment(word);
    return ARABIC.test(word) ? [withoutArticle(word)] : [word];
  });
}

/**
 * In code points: the time of `Intl.Segmenter` grows with the square of the length (1.5 s for 20,000 characters on Node
 * 20). A word at the end of a piece may be cut in two.
 */
const PIECE = /.{1,100}/gsu;

function segment(text: string): string[] {
  const pieces = text.match(PIECE) ?? [];
  return pieces.flatMap((piece) =>
    [...segmenter.segment(piece)].filter(({ isWordLike }) => isWordLike).map(({ segment: word }) => word),
  );
}

/** Arabic joins the article, and "and", "with", "for" before it, to the word. */
function withoutArticle(word: string): string {
  return word.length > 4
    ? word.replace(/^(?:[\u0648\u0628\u0643\u0641]?\u0627\u0644|\u0644\u0644)/, "")
    : word;
}

/** Whether a word is of a script written without spaces. */
export function isWithoutSpaces(word: string): boolean {
  return NOT_ASCII.test(word) && WITHOUT_SPACES.test(word);
}
