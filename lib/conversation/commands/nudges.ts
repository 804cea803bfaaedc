import type { TextKey } from "../../content/index.ts";
import type { Feature } from "../feature.ts";
import type { ConversationContent } from "../ports.ts";

/** The replies to messages that contain no question; the first match is used. */
const NUDGES = [
  ["sticker", "nudge.sticker"],
  ["dice", "nudge.dice"],
  ["location", "nudge.location"],
  ["venue", "nudge.location"],
  ["contact", "nudge.contact"],
  ["poll", "nudge.poll"],
] as const satisfies readonly (readonly [string, TextKey])[];

/** Replies to stickers, dice, locations and the like, in private chats. */
export function createNudges(content: ConversationContent): Feature {
  return {
    async messages({ isPrivate, language }, message) {
      const nudge = isPrivate && NUDGES.find(([kind]) => message[kind] !== undefined);
      return nudge ? [{ markdown: content.translate(language, nudge[1]) }] : null;
    },
  };
}
