import { type LearntFiles, readLearnt, Slices } from "../../core/index.ts";
import { compiling, type PhraseSource } from "./compile.ts";
import { decodePhrases, encodePhrases, phrasesKey } from "./file.ts";
import { PhraseList } from "./list.ts";
import type { ReadMessage } from "./message.ts";
import { alternativesIn, phraseOf } from "./parse.ts";
import { type Alternatives, createPhrase, type Phrase } from "./phrase.ts";
import { rowAt } from "./rows.ts";
import type { PhrasesSnapshot } from "./snapshot.ts";
import { type Spelling, Vocabulary } from "./vocabulary.ts";

/** How long the event loop waits while phrases are read, in milliseconds. */
const SLICE_MS = 5;

export interface PhraseBookOptions {
  /** Where the phrases are kept, read, from one start to the next; without it they are read each time. */
  files?: LearntFiles | undefined;
  /** Ends the reading. */
  signal?: AbortSignal | undefined;
}

/** Lists of phrases, and messages read to be compared with them. A phrase is made when a message may have it. */
export class PhraseBook {
  readonly #snapshot: PhrasesSnapshot;
  readonly #vocabulary: Vocabulary;
  readonly #alternatives: Alternatives[] = [];
  readonly #phrases: Phrase[] = [];

  private constructor(snapshot: PhrasesSnapshot, spelling: Spelling | undefined) {
    this.#snapshot = snapshot;
    this.#vocabulary = new Vocabulary(snapshot, spelling);
  }

  /** Reads phrases at once: some 50 µs for each. */
  static read(sources: readonly PhraseSource[], spelling?: Spelling): PhraseBook {
    const steps = compiling(sources);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return new PhraseBook(value, spelling);
    }
  }

  /** Opens the phrases that were read before, if they are the same; else reads them in slices, and stores that. */
  static async open(
    name: string,
    sources: readonly PhraseSource[],
    spelling: Spelling,
    { files, signal }: PhraseBookOptions,
  ): Promise<PhraseBook> {
    if (sources.every(({ phrases }) => phrases.length === 0)) return PhraseBook.read(sources, spelling);
    const key = phrasesKey(sources);
    const stored = await readLearnt(files, name, (file) => decodePhrases(key, file));
    if (stored) return new PhraseBook(stored, spelling);
    const slices = new Slices(SLICE_MS, signal);
    const steps = compiling(sources);
    for (;;) {
      const { done, value } = steps.next();
      if (done) {
        void files?.write(name, encodePhrases(key, value), signal);
        return new PhraseBook(value, spelling);
      }
      if (slices.isOver) await slices.next();
    }
  }

  read(text: string): ReadMessage {
    return this.#vocabulary.read(text);
  }

  /** @param index which of the sources it was read from */
  list(index: number): PhraseList {
    const first = this.#snapshot.lists[index] ?? 0;
    return new PhraseList(this.#snapshot, index, (phrase) => this.#phraseAt(first + phrase));
  }

  #phraseAt(index: number): Phrase {
    const known = this.#phrases[index];
    if (known) return known;
    const row = rowAt(this.#snapshot.phrases, index);
    const phrase = createPhrase(phraseOf(row, (id) => this.#alternativesOf(id)));
    this.#phrases[index] = phrase;
    return phrase;
  }

  #alternativesOf(id: number): Alternatives {
    const known = this.#alternatives[id];
    if (known) return known;
    const alternatives = alternativesIn(rowAt(this.#snapshot.alternatives, id));
    this.#alternatives[id] = alternatives;
    return alternatives;
  }
}
