import type { MediaItem } from "../files/media-item.ts";
import type { LocalText } from "../locales/local-text.ts";

/** A category of questions, with those below it. */
export interface Topic {
  /** Unique over all topics. */
  id: string;
  title: LocalText;
  emoji?: string;
  /** Said above its buttons. */
  intro?: LocalText;
  topics: readonly Topic[];
  entries: readonly FaqEntry[];
}

/** A question with its answer. */
export interface FaqEntry {
  /** Unique over all entries. */
  id: string;
  question: LocalText;
  answer: LocalText;
  media: readonly MediaItem[];
}
