import { createHash } from "node:crypto";
import { type Clock, errorMessage, type Logger, Slices } from "../../core/index.ts";
import { ModelError } from "../models/model-error.ts";
import type { Embedder } from "./embedder.ts";
import { type LabelledVector, MeaningClassifier } from "./meaning-classifier.ts";
import { contentHash, unitVector } from "./vector.ts";
import type { VectorFiles, Vectors } from "./vector-folder.ts";

/** A text of the library whose label, such as its page, is known. */
export interface LabelledText {
  text: string;
  /** Null for "none of the labels". */
  label: string | null;
}

/** Texts by language. */
export type LibraryTexts = ReadonlyMap<string, readonly LabelledText[]>;

/** What a library is searched by meaning with. */
export interface LibraryMeaning {
  /** Null until all texts of the language have been read. */
  classifierOf(language: string): MeaningClassifier | null;
  /**
   * Embeds what is not kept yet and reads it, language by language. A failure is waited out, as long as it lasts.
   * @throws the signal's reason
   */
  learn(texts: LibraryTexts, signal: AbortSignal): Promise<void>;
}

export interface LibraryMeaningDeps {
  embedder: Embedder;
  /** Keeps vectors from one start to the next; without it they are made each time. */
  files?: VectorFiles | undefined;
  clock: Clock;
  logger: Logger;
}

/** Raise it when a classifier of the same texts would come out different, so that those already kept are made again. */
const CLASSIFIER_VERSION = 1;

/** Texts in one call. Gemini takes at most 100; after a kill, one call is repeated. */
const BATCH = 64;

/** How long the event loop waits while a classifier is made, in milliseconds. */
const SLICE_MS = 5;

/** Pauses after failed calls, in milliseconds; each is twice the one before. */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 600_000;

/** Longest text that is embedded, in UTF-16 units: models read at most some hundred to thousand words. */
const MAX_TEXT = 2_000;

export function createLibraryMeaning({ embedder, files, clock, logger }: LibraryMeaningDeps): LibraryMeaning {
  const classifiers = new Map<string, MeaningClassifier>();
  /** Makes the vectors that are missing, batch by batch, each of which is kept at once. */
  async function embedAll(wanted: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Vectors> {
    const kept = (await files?.read(embedder.model, new Set(wanted.keys()))) ?? new Map();
    const vectors = new Map<string, Float32Array>(kept);
    const left = [...wanted].filter(([hash]) => !vectors.has(hash));
    for (let start = 0; start < left.length; start += BATCH) {
      const batch = left.slice(start, start + BATCH);
      const made = await embedPatiently(
        batch.map(([, text]) => text),
        signal,
      );
      const added = new Map(
        batch.map(([hash], index) => [hash, unitVector(made[index] ?? new Float32Array())]),
      );
      for (const [hash, vector] of added) vectors.set(hash, vector);
      await files?.add(embedder.model, added);
    }
    return vectors;
  }

  async function embedPatiently(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      try {
        return await embedder.ofLibrary(texts, signal);
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        const waitMs = Math.max(pauseMs, error.retryAfterMs ?? 0);
        logger.info("The library is not embedded yet; trying again later", {
          reason: errorMessage(error),
          nextTryInMs: waitMs,
        });
        await clock.sleep(waitMs, signal);
      }
    }
  }

  async function learnLanguage(
    language: string,
    texts: readonly LabelledText[],
    signal: AbortSignal,
  ): Promise<void> {
    const read = texts.map(({ text, label }) => ({ text: text.slice(0, MAX_TEXT), label }));
    const hashed = read.map(({ text, label }) => ({ text, label, hash: contentHash(text) }));
    const key = keyOf(embedder.model, hashed);
    const kept = await files?.readClassifier(language, key);
    if (kept) {
      classifiers.set(language, new MeaningClassifier(kept));
      return;
    }
    const vectors = await embedAll(new Map(hashed.map(({ hash, text }) => [hash, text])), signal);
    const examples = hashed.flatMap(({ hash, label }): LabelledVector[] => {
      const vector = vectors.get(hash);
      return vector ? [{ vector, label }] : [];
    });
    if (new Set(examples.map(({ vector }) => vector.length)).size !== 1) {
      logger.warn("The vectors of the library do not fit together; it is searched by words alone", {
        model: embedder.model,
      });
      return;
    }
    const classifier = await MeaningClassifier.fit(examples, new Slices(SLICE_MS, signal));
    classifiers.set(language, classifier);
    await files?.writeClassifier(language, key, classifier.snapshot);
    logger.info("The library is searched by meaning as well", { language, texts: examples.length });
  }

  return {
    classifierOf: (language) => classifiers.get(language) ?? null,
    async learn(texts, signal) {
      for (const [language, own] of texts) {
        signal.throwIfAborted();
        if (own.length > 0) await learnLanguage(language, own, signal);
      }
      const all = [...texts.values()].flat();
      const hashes = new Set(all.map(({ text }) => contentHash(text.slice(0, MAX_TEXT))));
      await files?.tidy(embedder.model, hashes);
    },
  };
}

function keyOf(model: string, texts: readonly { hash: string; label: string | null }[]): string {
  const hash = createHash("sha256").update(`${CLASSIFIER_VERSION}\0${model}\0`);
  for (const text of texts) hash.update(`${text.hash}${text.label ?? ""}\0`);
  return hash.digest("hex");
}
