import { AppError } from "../../core/index.ts";
import type { WireChat, WireMessage, WireUser } from "../chats/wire.ts";
import type { World } from "../chats/world.ts";
import { type Actor, only, unknown } from "./actor.ts";
import type { People } from "./people.ts";

/** The prefix that turns the id of a basic group into that of its supergroup. */
const SUPERGROUP = -1_000_000_000_000;
const OWNER: WireUser = { id: 1, is_bot: false, first_name: "Owner" };

/** The actions that create and change groups. */
export function createGroups(
  world: World,
  actor: Actor,
): Pick<People, "createGroup" | "joinGroup" | "upgradeGroup"> {
  const { bot, chats, events, saver } = world;

  /** A service message. */
  async function tell(chat: WireChat, what: Partial<WireMessage>): Promise<void> {
    const base = { message_id: chats.nextMessageId(), from: OWNER, chat, date: actor.seconds() };
    const message: WireMessage = { ...base, ...what };
    const entries = chats.putMessage(message);
    events.emit({ type: "message", chatId: chat.id, message });
    await actor.queueIfWanted("message", message, entries);
  }

  return {
    async createGroup({ chatId, title, isForum, isBasic, isOld = false }) {
      if (chatId >= 0) throw new AppError("a group's id is negative", { code: "SANDBOX_GROUP_ID" });
      const isKnown = isOld || chats.has(chatId);
      const chat: WireChat = {
        id: chatId,
        type: isBasic ? "group" : "supergroup",
        title,
        ...(isForum ? { is_forum: true } : {}),
      };
      const entry = chats.setChat(chat);
      events.emit({ type: "groups" });
      if (isKnown) return saver.save([entry]);
      const [before, after] = ["left", "administrator"].map((status) => ({ user: bot, status }));
      const change = {
        chat,
        from: OWNER,
        date: actor.seconds(),
        old_chat_member: before,
        new_chat_member: after,
      };
      await actor.queueIfWanted("my_chat_member", change, [entry]);
    },

    async joinGroup(person, chatId) {
      const { user } = actor.remember(person);
      return only(await actor.say(person, [{ new_chat_members: [user] }], { chatId }));
    },

    async upgradeGroup(chatId) {
      if (!chats.has(chatId) || chats.chat(chatId).type !== "group") throw unknown(`simple group ${chatId}`);
      const old = chats.chat(chatId);
      const supergroup: WireChat = { ...old, id: SUPERGROUP + chatId, type: "supergroup" };
      await saver.save([chats.setChat(supergroup), chats.migrate(chatId, supergroup.id)]);
      events.emit({ type: "groups" });
      await tell(old, { migrate_to_chat_id: supergroup.id });
      await tell(supergroup, { migrate_from_chat_id: chatId });
      return supergroup.id;
    },
  };
}
