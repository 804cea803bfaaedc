import { wordsOf } from "./words.ts";

/** More words than this stand on their own. */
const MAX_WORDS = 14;

/** Words that lean on what was said before when a question begins with them, in English and French. */
const BEGINNINGS = new Set([
  "and",
  "but",
  "or",
  "so",
  "then",
  "also",
  "et",
  "mais",
  "ou",
  "alors",
  "donc",
  "puis",
]);

/** Words that stand for what was said before. French "le", "la" and "les" do as well, but are articles far more often. */
const PRONOUNS = new Set([
  "it",
  "its",
  "that",
  "this",
  "them",
  "they",
  "those",
  "these",
  "ca",
  "cela",
  "celui",
  "celle",
]);

/** Whether a question says that it goes on from the one before: "and where can I get it?". */
export function isFollowUp(text: string): boolean {
  const words = wordsOf(text);
  const [first] = words;
  if (first === undefined || words.length > MAX_WORDS) return false;
  return BEGINNINGS.has(first) || words.some((word) => PRONOUNS.has(word));
}
