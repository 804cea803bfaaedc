import type { TelegramApi } from "./api.ts";

/** How a chat is probed: unnoticed; the same, and by a message in a forum, whose topic may be closed; or by a message. */
export type Probe = "unnoticed" | "forum" | "message";

/** What the message says, until it is deleted a moment later. */
const PROBE_TEXT = "✅";

/**
 * Fails, with Telegram's refusal, when the bot cannot write to a chat. A chat action is noticed by nobody, but is accepted
 * in a closed topic and without the right to write; a message proves it, and is sent silently and deleted at once.
 */
export async function probeChat(
  api: Pick<TelegramApi, "call">,
  chatId: number,
  probe: Probe,
  signal: AbortSignal,
): Promise<void> {
  await api.call("sendChatAction", { chat_id: chatId, action: "typing" }, signal);
  if (probe === "unnoticed") return;
  if (probe === "forum") {
    const chat = await api.call<{ is_forum?: boolean }>("getChat", { chat_id: chatId }, signal);
    if (chat.is_forum !== true) return;
  }
  const message = { chat_id: chatId, text: PROBE_TEXT, disable_notification: true };
  const { message_id } = await api.call<{ message_id: number }>("sendMessage", message, signal);
  await api.call("deleteMessage", { chat_id: chatId, message_id }, signal).catch(() => {}); // then it stays
}
