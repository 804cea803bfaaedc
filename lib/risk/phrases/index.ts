export { OpeningBook, PhraseBook, type PhraseBookOptions } from "./book.ts";
export type { PhraseSource } from "./compile.ts";
export { PHRASES_VERSION } from "./file.ts";
export type { WordGroups } from "./items.ts";
export type { PhraseList } from "./list.ts";
export type { ReadMessage } from "./message.ts";
export type { Phrase } from "./phrase.ts";
export type { Spelling } from "./vocabulary.ts";
export { riskWords, SENTENCE_END } from "./words.ts";
