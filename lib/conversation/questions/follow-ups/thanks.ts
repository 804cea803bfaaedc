import { PhraseBook } from "../../../risk/index.ts";
import { isStopWord, wordsOf } from "../../../text/index.ts";
import type { ConversationContent } from "../../ports.ts";

/** A longer message tells more than thanks. */
const MAX_WORDS = 16;

/** The operator's phrases, read. */
interface Thanks {
  book: PhraseBook;
  /** The words of all phrases. */
  words: ReadonlySet<string>;
}

/** By the list as it was loaded, so that a reload is read anew. */
const read = new WeakMap<object, Thanks>();

/**
 * Whether a message gives thanks: `only` when it says nothing else, `mainly` when it asks nothing. By the phrases of every
 * language, since people write in another one than they chose.
 */
export function thanksIn(
  text: string,
  { bot }: Pick<ConversationContent, "bot">,
): "only" | "mainly" | undefined {
  const { thanks } = bot.smallTalk;
  const { book, words } = read.get(thanks) ?? readThanks(thanks);
  const said = wordsOf(text);
  if (said.length > MAX_WORDS || /[?？؟]/.test(text)) return undefined;
  if (!book.list(0).isAnyIn(book.readMessage(text))) return undefined;
  return said.every((word) => words.has(word) || isStopWord(word)) ? "only" : "mainly";
}

function readThanks(thanks: Readonly<Record<string, readonly string[]>>): Thanks {
  const phrases = Object.values(thanks).flat();
  const result = { book: PhraseBook.compile([{ phrases }]), words: new Set(phrases.flatMap(wordsOf)) };
  read.set(thanks, result);
  return result;
}
