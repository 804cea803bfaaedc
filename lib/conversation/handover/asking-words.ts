import { PhraseBook } from "../../risk/index.ts";
import type { ConversationContent } from "../ports.ts";

/** A longer message is about something else, too: it is answered, and the offer of a person stands below. */
const MAX_WORDS = 14;

/**
 * Tells whether a message asks for a person, by the operator's phrases of every language: people write in another one
 * than they chose. Reads the phrases again after a reload.
 */
export function createAskingWords(content: Pick<ConversationContent, "bot">): (text: string) => boolean {
  let read: { phrases: object; asks: (text: string) => boolean } | undefined;
  return (text) => {
    const { phrases } = content.bot.person;
    if (read?.phrases !== phrases) read = { phrases, asks: readPhrases(Object.values(phrases).flat()) };
    return read.asks(text);
  };
}

function isOneWord(phrase: string): boolean {
  return !/\s/.test(phrase.trim());
}

/** A phrase of one word counts only when nothing else is said. */
function readPhrases(phrases: readonly string[]): (text: string) => boolean {
  const book = PhraseBook.compile([
    { phrases: phrases.filter(isOneWord) },
    { phrases: phrases.filter((phrase) => !isOneWord(phrase)) },
  ]);
  const [alone, within] = [book.list(0), book.list(1)];
  return (text) => {
    const words = text.match(/[\p{L}\p{N}'’-]+/gu)?.length ?? 0;
    if (words === 0 || words > MAX_WORDS) return false;
    const message = book.readMessage(text);
    return (words === 1 && alone.isAnyIn(message)) || within.isAnyIn(message);
  };
}
