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

/** Whether a question goes on from the one before. */
export type FollowUp =
  /** It begins so, and stands for what was said: "but is that normal?". */
  | "surely"
  /** One of both: "and in summer?", "where can I get it?". */
  | "perhaps"
  | "no";

/** Whether a question says that it goes on from the one before. */
export function followUpOf(text: string): FollowUp {
  const words = wordsOf(text);
  const [first] = words;
  if (first === undefined || words.length > MAX_WORDS) return "no";
  const begins = BEGINNINGS.has(first);
  const leans = words.some((word) => PRONOUNS.has(word));
  if (begins && leans) return "surely";
  return begins || leans ? "perhaps" : "no";
}
