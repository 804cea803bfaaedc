import type { TextKey } from "../../content/index.ts";
import type { Feature } from "../feature.ts";
import type { ConversationContent } from "../ports.ts";

/** What is said to what holds no question, the first that fits. */
const NUDGES = [
  ["sticker", "nudge.sticker"],
  ["dice", "nudge.dice"],
  ["location", "nudge.location"],
  ["venue", "nudge.location"],
  ["contact", "nudge.contact"],
  ["poll", "nudge.poll"],
] as const satisfies readonly (readonly [string, TextKey])[];

/** A kind word to stickers, dice, places and the like, in private chats. */
export function createNudges(content: ConversationContent): Feature {
  return {
    async messages({ isPrivate, language }, message) {
      const nudge = isPrivate && NUDGES.find(([kind]) => message[kind] !== undefined);
      return nudge ? [{ markdown: content.translate(language, nudge[1]) }] : null;
    },
  };
}
