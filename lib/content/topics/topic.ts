import type { MediaItem } from "../files/media-item.ts";
import type { LocalText } from "../locales/local-text.ts";

/** A category of the FAQ. */
export interface Topic {
  /** Unique among all topics. */
  id: string;
  title: LocalText;
  emoji?: string;
  /** The text above the buttons. */
  intro?: LocalText;
  /** The subtopics. */
  topics: readonly Topic[];
  entries: readonly FaqEntry[];
}

/** A question with its answer. */
export interface FaqEntry {
  /** Unique among all entries. */
  id: string;
  question: LocalText;
  answer: LocalText;
  media: readonly MediaItem[];
  /** Sections of the library that say the same, such as `en/condoms#How to put on a condom`: they get the media, too. */
  sections: readonly string[];
}
