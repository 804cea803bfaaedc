import {
  createLibraryMeaning,
  createQuestionMeaning,
  type Embedder,
  type LibraryMeaning,
  ModelEmbedder,
  openModel,
  openModelUsage,
  type QuestionMeaning,
} from "../../lib/answers/index.ts";
import type { Config } from "../../lib/config/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { standInVector } from "../../lib/sandbox/models/index.ts";

/** What a library is searched by meaning with, and the meaning of a question. */
export interface EvaluatedMeaning {
  /** As the report names it. */
  name: string;
  library: LibraryMeaning;
  question(): QuestionMeaning;
}

/** That of the operator's own embedding model, else of the stand-in. */
export async function meaningForEvaluation({ embeddings }: Config): Promise<EvaluatedMeaning> {
  if (!embeddings) return meaningOfStandIn();
  const own = { clock: systemClock, logger: silentLogger };
  const model = await openModel(embeddings);
  const embedder = new ModelEmbedder({
    model,
    usage: await openModelUsage({ model: model.name, ...own }),
    ...own,
  });
  return meaningOf(embedder, embedder.model);
}

/** The stand-in for an embedding model, without a network. */
export function meaningOfStandIn(): EvaluatedMeaning {
  const embedder: Embedder = {
    model: "stand-in",
    ofQuestion: vectorsOf,
    ofLibrary: vectorsOf,
    stats: () => ({ model: "stand-in", breaker: "closed", isPaused: false, costThisMonth: 0 }),
  };
  return meaningOf(embedder, "the stand-in for an embedding model");
}

function meaningOf(embedder: Embedder, name: string): EvaluatedMeaning {
  const signal = new AbortController().signal;
  return {
    name,
    library: createLibraryMeaning({ embedder, clock: systemClock, logger: silentLogger }),
    question: () => createQuestionMeaning(embedder, signal),
  };
}

async function vectorsOf(texts: readonly string[]): Promise<Float32Array[]> {
  return texts.map((text) => Float32Array.from(standInVector(text)));
}
