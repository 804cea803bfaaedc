import type { Question } from "../answer.ts";

/** Shorter answers (UTF-16 units) say too little about their language. */
const MIN_ANSWER_LENGTH = 150;
/** So do questions in an unexpected language with fewer letters. */
const MIN_QUESTION_LETTERS = 50;
/** As much of a text as is looked at; a look takes a few milliseconds. */
const SAMPLE_LENGTH = 600;
/**
 * franc scores the likeliest language with 1. For a question others are possible from this score on, the expected one from
 * the lower: of the sample's examples with 50 letters or more, 0.3 % in English and none in French have less in their own.
 */
const POSSIBLE = 0.9;
const EXPECTED = 0.8;
/**
 * The same for an answer, by its length: the scores come closer to 1 the longer a text is. With these, of 307 sections of
 * the sample's pages in English and as many in French, at least 99.7 % are told from the other, and none from its own.
 */
const POSSIBLE_FOR_ANSWERS = [
  { longerThan: 300, score: 0.97 },
  { longerThan: 200, score: 0.95 },
  { longerThan: 0, score: POSSIBLE },
];

/** franc's code where a text says nothing about its language; `Intl.Locale` makes nothing of it. */
const UNDETERMINED = "und";

/** Cache of BCP 47 tags by franc's ISO 639-3 codes: franc scores about eighty languages per call. */
const languages = new Map<string, string>();

function languageOf(code: string): string {
  const known = languages.get(code);
  if (known !== undefined) return known;
  const language = code === UNDETERMINED ? code : new Intl.Locale(code).language;
  languages.set(code, language);
  return language;
}

/**
 * Whether an answer is plainly in another language than its question.
 * @returns what to tell the model so that it answers in the right one, or null when all is well or nothing is sure
 */
export async function languageRemark(
  answer: string,
  { text, language }: Pick<Question, "text" | "language">,
): Promise<string | null> {
  if (answer.length < MIN_ANSWER_LENGTH) return null;
  const { francAll } = await import("franc-min");
  const scoresOf = (sample: string): Map<string, number> =>
    new Map(francAll(sample.slice(0, SAMPLE_LENGTH)).map(([code, score]) => [languageOf(code), score]));
  const asked = scoresOf(text);
  const isExpected = (asked.get(language) ?? 0) >= EXPECTED;
  // A script of one language only says enough with few letters.
  const isSure = asked.size === 1 && !asked.has(UNDETERMINED);
  if (!isExpected && !isSure && lettersIn(text) < MIN_QUESTION_LETTERS) return null;
  const isLikeliest = asked.get(language) === 1;
  const possible = isLikeliest
    ? []
    : [...asked].filter(([, score]) => score >= POSSIBLE).map(([code]) => code);
  if (isExpected) possible.push(language);
  const answered = scoresOf(answer);
  const sampleLength = Math.min(answer.length, SAMPLE_LENGTH);
  const { score: least } = POSSIBLE_FOR_ANSWERS.find(({ longerThan }) => sampleLength > longerThan) ?? {
    score: POSSIBLE,
  };
  if (answered.has(UNDETERMINED) || possible.includes(UNDETERMINED)) return null;
  if (possible.some((code) => (answered.get(code) ?? 0) >= least)) return null;
  const name = isExpected ? new Intl.DisplayNames("en", { type: "language" }).of(language) : undefined;
  return `Your draft was in another language than the person's last message. Write the answer in ${name ?? "the language of that message"}.`;
}

function lettersIn(text: string): number {
  return text.match(/[\p{L}\p{M}]/gu)?.length ?? 0;
}
