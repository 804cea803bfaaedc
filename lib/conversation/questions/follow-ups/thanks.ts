import { createPhraseParser, type RiskPhrase, RiskVocabulary } from "../../../risk/index.ts";
import { isStopWord, wordsOf } from "../../../text/index.ts";
import type { ConversationContent } from "../../ports.ts";

/** A longer message tells more than thanks. */
const MAX_WORDS = 16;

/** The operator's phrases, read. */
interface Thanks {
  vocabulary: RiskVocabulary;
  phrases: readonly RiskPhrase[];
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
  const { vocabulary, phrases, words } = read.get(thanks) ?? readThanks(thanks);
  const said = wordsOf(text);
  if (said.length > MAX_WORDS || /[?？؟]/.test(text)) return undefined;
  const message = vocabulary.read(text);
  if (!phrases.some((phrase) => phrase.isIn(message))) return undefined;
  return said.every((word) => words.has(word) || isStopWord(word)) ? "only" : "mainly";
}

function readThanks(thanks: Readonly<Record<string, readonly string[]>>): Thanks {
  const vocabulary = new RiskVocabulary();
  const parse = createPhraseParser(vocabulary);
  const lists = Object.values(thanks).flat();
  const result = { vocabulary, phrases: lists.map(parse), words: new Set(lists.flatMap(wordsOf)) };
  read.set(thanks, result);
  return result;
}
