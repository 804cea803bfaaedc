export { PhraseBook, type PhraseBookOptions } from "./book.ts";
export type { PhraseSource } from "./compile.ts";
export { phrasesKey } from "./file.ts";
export type { WordGroups } from "./items.ts";
export type { PhraseList } from "./list.ts";
export type { ReadMessage } from "./message.ts";
export type { Spelling } from "./vocabulary.ts";
export { riskWords, SENTENCE_END } from "./words.ts";
