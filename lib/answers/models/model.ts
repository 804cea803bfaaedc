import type { Attachment, TokenUsage } from "../answer.ts";
import type { Prompt } from "../generation/prompt.ts";

export interface AskOptions {
  /** Aborts the HTTP request. Use a signal of its own for each call: a client may leave its listener on it. */
  signal: AbortSignal;
  attachments: readonly Attachment[];
  /** Whether the answer comes piece by piece as it is written, or whole in one piece. */
  streamed: boolean;
}

/** One piece of a model's answer. */
export interface ModelPiece {
  /** Answer text, without the model's thoughts. */
  text: string;
  finish?: Finish;
  /** Set when the provider's safety filters refused: a code such as `PROMPT_SAFETY` or `ANSWER_BLOCKLIST`. */
  blocked?: string;
  /** Tokens used so far. */
  usage?: TokenUsage;
  /** How much of its thoughts came with this piece, in UTF-16 units; they are not shown. */
  thoughtLength?: number;
}

/** Why an answer ended; `recitation` when it would repeat a source word for word, `stopped` for an unknown reason. */
export type Finish = "complete" | "length-limit" | "recitation" | "stopped";

/** A language model. Each provider has a folder with an implementation. */
export interface Model {
  /** The provider's name for logs, such as `Gemini`. */
  readonly provider: string;
  /** The model's name, such as `gemini-3.8-flash`. */
  readonly name: string;
  /** Whether it reads files of this media type. */
  reads(mimeType: string): boolean;
  /**
   * Makes one call and yields the answer as it arrives.
   * @throws ModelError, or the signal's reason
   */
  ask(prompt: Prompt, options: AskOptions): AsyncIterable<ModelPiece>;
  /** The provider's model for embeddings; undefined when there is none. Vectors of different ones do not compare. */
  readonly embeddingModel: string | undefined;
  /**
   * The meaning of each text as a vector; all have the same length, and none is normalised.
   * @throws ModelError, or the signal's reason
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
}
