import type { Clock, Logger } from "../../core/index.ts";
import type { Model } from "./model.ts";

/** Where a model is and how it is used. */
export interface ModelSettings {
  /** Undefined or empty: none, as for most servers of one's own. */
  apiKey: string | undefined;
  /** Undefined: the provider's own. */
  baseUrl: string | undefined;
  /** Such as `gemini-3.8-flash`. */
  model: string;
  /** The provider's model for embeddings; undefined when there is none. */
  embeddingModel?: string | undefined;
  /** Files it reads besides text; undefined where the provider knows. */
  input?: readonly FileKind[] | undefined;
  /** How long it may think: tokens, or the provider's word; undefined for its own default. */
  thinking?: number | string | undefined;
}

/** The kinds of files that a model may read besides text. */
export type FileKind = "image" | "audio" | "pdf";

export interface ModelCheckDeps {
  clock: Clock;
  logger: Logger;
}

/** What each provider's folder offers to the rest of the program. */
export interface Provider {
  /**
   * Asks the provider once about key and model. A provider that cannot be reached or fails is only logged: it may be
   * back for the first question.
   * @throws OperatorError when the settings are wrong
   */
  check(settings: ModelSettings, deps: ModelCheckDeps): Promise<void>;
  /**
   * The names of the models that a server says it has; none when it does not say.
   * @throws OperatorError when the address or the key is wrong, or nothing answers
   */
  list?(settings: ModelSettings, clock: Clock): Promise<readonly string[]>;
  /** Opens a model without asking the provider. Loads the client library, which takes a while. */
  open(settings: ModelSettings): Promise<Model>;
}
