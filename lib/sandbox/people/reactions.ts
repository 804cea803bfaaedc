import type { InlineKeyboard, WireMessage } from "../chats/wire.ts";
import type { World } from "../chats/world.ts";
import { type Actor, unknown } from "./actor.ts";
import type { People } from "./people.ts";

/** The actions that answer a message without a text: reactions and presses of buttons. */
export function createReactions(world: World, actor: Actor): Pick<People, "react" | "pressButton"> {
  const { callbackQueries, chats, events } = world;

  return {
    async react(userId, chatId, messageId, emoji) {
      if (!chats.message(chatId, messageId)) throw unknown(`message ${messageId} of chat ${chatId}`);
      const { user, entries } = actor.remember({ userId });
      const before = chats.reactions(chatId, messageId);
      const own = before.filter((reaction) => reaction.userId === userId);
      const chosen = emoji === null ? [] : [{ userId, emoji }];
      const reactions = [...before.filter((reaction) => reaction.userId !== userId), ...chosen];
      entries.push(...chats.setReactions(chatId, messageId, reactions));
      events.emit({ type: "reactions", chatId, messageId, reactions });
      const change = {
        chat: chats.chat(chatId),
        message_id: messageId,
        user,
        date: actor.seconds(),
        old_reaction: own.map((reaction) => ({ type: "emoji", emoji: reaction.emoji })),
        new_reaction: chosen.map((reaction) => ({ type: "emoji", emoji: reaction.emoji })),
      };
      await actor.queueIfWanted("message_reaction", change, entries);
    },

    async pressButton(userId, chatId, messageId, data) {
      const message = chats.message(chatId, messageId);
      if (!message || !hasButton(message, data)) {
        throw unknown(`button "${data}" on message ${messageId} of chat ${chatId}`);
      }
      const { user, entries } = actor.remember({ userId });
      const callbackQueryId = callbackQueries.add({ userId, chatId, messageId });
      const query = { id: callbackQueryId, from: user, message, chat_instance: String(chatId), data };
      return { updateId: await actor.queueIfWanted("callback_query", query, entries), callbackQueryId };
    },
  };
}

function hasButton({ reply_markup: markup }: WireMessage, data: string): boolean {
  const rows: InlineKeyboard["inline_keyboard"] = markup?.inline_keyboard ?? [];
  return rows.flat().some((button) => button.callback_data === data);
}
