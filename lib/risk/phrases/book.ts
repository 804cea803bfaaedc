import { type LearntFiles, readLearnt, Slices } from "../../core/index.ts";
import { compilePhrases, finish, type PhraseSource, phraseSteps } from "./compile.ts";
import { decodePhrases, encodePhrases, phrasesKey } from "./file.ts";
import { PhraseList } from "./list.ts";
import type { ReadMessage } from "./message.ts";
import { alternativesIn, phraseOf } from "./parse.ts";
import { type Alternatives, createPhrase, type Phrase } from "./phrase.ts";
import { rowAt } from "./rows.ts";
import type { PhrasesSnapshot } from "./snapshot.ts";
import { type Spelling, Vocabulary } from "./vocabulary.ts";

/** How long the event loop waits while phrases are compiled, in milliseconds. */
const SLICE_MS = 5;

/** Lists of phrases, and messages read to be compared with them. Phrases are created on first use. */
export class PhraseBook {
  readonly #snapshot: PhrasesSnapshot;
  readonly #vocabulary: Vocabulary;
  readonly #alternatives: Alternatives[] = [];
  readonly #phrases: Phrase[] = [];

  constructor(snapshot: PhrasesSnapshot, spelling?: Spelling) {
    this.#snapshot = snapshot;
    this.#vocabulary = new Vocabulary(snapshot, spelling);
  }

  /** Compiles phrases at once: some 50 µs for each. */
  static compile(sources: readonly PhraseSource[], spelling?: Spelling): PhraseBook {
    return new PhraseBook(compilePhrases(sources), spelling);
  }

  readMessage(text: string): ReadMessage {
    return this.#vocabulary.read(text);
  }

  /** @param index which of the sources it was compiled from */
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

export interface PhraseBookOptions {
  /** Stores the compiled phrases between starts; without it they are compiled at each start. */
  files?: LearntFiles | undefined;
  /** Ends the opening. */
  signal?: AbortSignal | undefined;
}

/** Opens a book in the background; `book` ends that at once where it is needed earlier. */
export class OpeningBook {
  readonly #name: string;
  readonly #sources: readonly PhraseSource[];
  readonly #spelling: Spelling;
  readonly #options: PhraseBookOptions;
  readonly #steps: Generator<undefined, PhrasesSnapshot>;
  #book: PhraseBook | undefined;
  /** What was compiled, until it is stored. */
  #unstored: PhrasesSnapshot | undefined;

  /** @param name of its file */
  constructor(
    name: string,
    sources: readonly PhraseSource[],
    spelling: Spelling,
    options: PhraseBookOptions = {},
  ) {
    this.#name = name;
    this.#sources = sources;
    this.#spelling = spelling;
    this.#options = options;
    this.#steps = phraseSteps(sources);
  }

  /** The book; compiles what is left of it. */
  get book(): PhraseBook {
    return this.#book ?? this.#compiled(finish(this.#steps));
  }

  /**
   * Opens the stored book if it is of the same phrases; otherwise compiles it in slices and stores it.
   * @throws the signal's reason when it is no longer wanted
   */
  async open(): Promise<PhraseBook> {
    if (this.#sources.every(({ phrases }) => phrases.length === 0)) return this.book;
    if (this.#book && !this.#unstored) return this.#book;
    const { files, signal } = this.#options;
    const key = files ? phrasesKey(this.#sources) : "";
    const stored = await readLearnt(files, this.#name, (file) => decodePhrases(key, file));
    if (stored) {
      this.#unstored = undefined;
      this.#book ??= new PhraseBook(stored, this.#spelling);
      return this.#book;
    }
    const slices = new Slices(SLICE_MS, signal);
    while (!this.#book) {
      const { done, value } = this.#steps.next();
      if (done) this.#compiled(value);
      else if (slices.isOver) await slices.next();
    }
    if (this.#unstored) void files?.write(this.#name, encodePhrases(key, this.#unstored), signal);
    this.#unstored = undefined;
    return this.#book;
  }

  #compiled(snapshot: PhrasesSnapshot): PhraseBook {
    this.#unstored = snapshot;
    this.#book = new PhraseBook(snapshot, this.#spelling);
    return this.#book;
  }
}
