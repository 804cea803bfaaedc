import type { OutboxRecord } from "../../store/index.ts";

/** Where a send goes, and what it says there. */
type Destination = Pick<OutboxRecord, "chatId" | "chatKey" | "params">;

/** The key of a chat's mailbox, or of one of its threads, under the chat's new id. */
export function movedChatKey(chatKey: string, fromChatId: number, toChatId: number): string {
  const [kind, id, ...thread] = chatKey.split(":");
  return kind === "chat" && Number(id) === fromChatId ? ["chat", toChatId, ...thread].join(":") : chatKey;
}

/** The same send to the chat under its new id. */
export function movedSend<Send extends Destination>(send: Send, toChatId: number): Send {
  const { chatId, chatKey, params } = send;
  if (chatId === toChatId) return send;
  return {
    ...send,
    chatId: toChatId,
    chatKey: movedChatKey(chatKey, chatId, toChatId),
    params: params.chat_id === chatId ? { ...params, chat_id: toChatId } : params,
  };
}
