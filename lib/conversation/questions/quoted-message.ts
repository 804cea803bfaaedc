import type { Message } from "../../telegram/index.ts";
import { wordsOf } from "../incoming/addressing.ts";
import type { Bot } from "../incoming/incoming.ts";
import type { AskedQuestion } from "./asking.ts";

/** The most of a quoted message that goes with a question, in UTF-16 units. */
const MAX_LENGTH = 2_000;

/**
 * What a question refers to: the message it replies to, the part of it that was quoted, or for a forwarded message its
 * unknown author.
 * @param text the question
 */
export function contextOf(
  message: Message,
  text: string,
  bot: Bot,
): Pick<AskedQuestion, "quoted" | "isBySomebodyElse" | "isForwarded"> {
  const { reply_to_message: replied, quote, forward_origin, from } = message;
  const quotedText = (quote?.text ?? (replied ? wordsOf(replied).text : "")).slice(0, MAX_LENGTH);
  const author = replied?.from?.id;
  const quotedFrom = author === bot.id ? "bot" : author === from?.id && replied ? "asker" : "somebody";
  const isQuoted = quotedText !== "" && quotedText !== text.slice(0, MAX_LENGTH);
  // A lone mention below a message asks the question in it.
  const isTheirWords =
    forward_origin !== undefined || (quotedText !== "" && !isQuoted && quotedFrom === "somebody");
  return {
    ...(isQuoted ? { quoted: { from: quotedFrom, text: quotedText } } : {}),
    ...(isTheirWords ? { isBySomebodyElse: true } : {}),
    ...(forward_origin === undefined ? {} : { isForwarded: true }),
  };
}

/** The message of a person that this one replies to; undefined for a reply to the bot. */
export function repliedPersonsMessage({ reply_to_message: replied }: Message, bot: Bot): Message | undefined {
  return replied?.from?.id === bot.id ? undefined : replied;
}
