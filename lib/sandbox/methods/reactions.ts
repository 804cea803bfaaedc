import { badRequest } from "../bot-api/api-error.ts";
import { integer, isObject } from "../bot-api/params.ts";
import type { Method } from "../chats/world.ts";

/** The emoji that Telegram accepts as reactions (https://core.telegram.org/bots/api#reactiontypeemoji). */
export const REACTION_EMOJI: ReadonlySet<string> = new Set(
  "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡".split(
    " ",
  ),
);

/** A bot can set at most one reaction. */
const MAX_REACTIONS = 1;

export const setMessageReaction: Method = async ({ bot, chats, events, saver }, params) => {
  const chat = chats.writable(params.chat_id);
  const messageId = integer(params, "message_id");
  if (messageId === undefined) throw badRequest("message identifier is not specified");
  const chosen = readReactions(params.reaction);
  if (!chats.message(chat.id, messageId)) throw badRequest("message to react not found");
  const others = chats.reactions(chat.id, messageId).filter(({ userId }) => userId !== bot.id);
  const reactions = [...others, ...chosen.map((emoji) => ({ userId: bot.id, emoji }))];
  const entries = chats.setReactions(chat.id, messageId, reactions);
  events.emit({ type: "reactions", chatId: chat.id, messageId, reactions });
  await saver.save(entries);
  return true;
};

function readReactions(value: unknown): string[] {
  if (value === undefined || value === null || value === "") return [];
  if (!Array.isArray(value)) throw badRequest("can't parse reaction types JSON object");
  if (value.length > MAX_REACTIONS) throw badRequest("REACTIONS_TOO_MANY");
  return value.map((reaction: unknown) => {
    if (!isObject(reaction)) throw badRequest("can't parse ReactionType: expected an Object");
    if (typeof reaction.emoji !== "string" || !REACTION_EMOJI.has(reaction.emoji)) {
      throw badRequest("REACTION_INVALID");
    }
    return reaction.emoji;
  });
}
