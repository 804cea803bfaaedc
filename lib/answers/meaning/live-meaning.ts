import type { Clock, Logger } from "../../core/index.ts";
import type { Question } from "../answer.ts";
import type { Embedder } from "./embedder.ts";
import { createLibraryMeaning, type LibraryMeaning } from "./library-meaning.ts";
import { createQuestionMeaning, type QuestionMeaning } from "./question-meaning.ts";
import type { VectorFiles } from "./vector-folder.ts";

/** What the library is searched by meaning with. */
export interface AvailableEmbeddings {
  embedder: Embedder;
  /** The prefix of the provider's settings: only questions that its model may be asked are embedded. */
  provider: string;
  /** Keeps the library's vectors; when missing each start makes them. */
  files?: VectorFiles;
}

/** A question with what its words may be searched by. */
export interface AskedQuestion extends Question {
  /** Missing where its words may not be embedded. */
  meaning?: QuestionMeaning;
}

/** A library that can learn to be searched by meaning. */
interface LearningLibrary {
  learnMeaning(signal: AbortSignal): Promise<void>;
}

/** Searches by meaning in a library that is replaced while questions are answered. */
export class LiveMeaning {
  readonly #available: AvailableEmbeddings | undefined;
  readonly #deps: { clock: Clock; logger: Logger };
  #learning = { ending: new AbortController(), done: Promise.resolve() };

  constructor(available: AvailableEmbeddings | undefined, deps: { clock: Clock; logger: Logger }) {
    this.#available = available;
    this.#deps = deps;
  }

  /** What a new library is searched by meaning with; undefined without embeddings. */
  open(): LibraryMeaning | undefined {
    return this.#available && createLibraryMeaning({ ...this.#available, ...this.#deps });
  }

  /** Lets a library learn, in place of the one before. Never rejects. */
  learn(library: LearningLibrary): void {
    this.#learning.ending.abort();
    const ending = new AbortController();
    const before = this.#learning.done; // the two would write the same files
    const done = before
      .then(() => library.learnMeaning(ending.signal))
      .catch((error: unknown) => {
        if (!ending.signal.aborted)
          this.#deps.logger.error("The library cannot be searched by meaning", { error });
      });
    this.#learning = { ending, done };
  }

  /** The question with its meaning, if one of these providers is that of the embeddings. */
  withMeaning(question: Question, providers: readonly string[]): AskedQuestion {
    const available = this.#available;
    if (!available || !providers.includes(available.provider)) return question;
    return { ...question, meaning: createQuestionMeaning(available.embedder, question.signal) };
  }

  /** Ends what is being learned; what is embedded so far is kept. */
  async close(): Promise<void> {
    this.#learning.ending.abort();
    await this.#learning.done;
  }
}
