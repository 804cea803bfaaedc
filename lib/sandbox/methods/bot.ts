import type { Method } from "../chats/world.ts";

export const getMe: Method = ({ bot }) => ({
  ...bot,
  can_join_groups: true,
  can_read_all_group_messages: true,
  supports_inline_queries: false,
});

export const setMyCommands: Method = async ({ commands, events }, params) => {
  await commands.set(params);
  events.emit({ type: "commands" });
  return true;
};

export const deleteMyCommands: Method = async ({ commands, events }, params) => {
  await commands.delete(params);
  events.emit({ type: "commands" });
  return true;
};

export const getMyCommands: Method = ({ commands }, params) => commands.get(params);

export const getChat: Method = ({ chats }, params) => ({
  ...chats.writable(params.chat_id),
  accent_color_id: 0,
  max_reaction_count: 11,
});
