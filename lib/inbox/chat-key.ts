import type { Update } from "../telegram/index.ts";

/**
 * The mailbox of an update: its chat, with the thread if there is one; without a chat, its user; an update with neither, or
 * of an unknown kind, goes to a mailbox of its kind.
 */
export function chatKeyOf(update: Update): string {
  for (const [kind, content] of Object.entries<unknown>(update)) {
    if (kind === "update_id" || !isRecord(content)) continue;
    const message = isRecord(content.message) ? content.message : content;
    const chat = message.chat;
    if (isRecord(chat) && isId(chat.id)) {
      const isInTopic = message.is_topic_message === true || kind === "stopped_message_generation";
      const thread = isInTopic ? message.message_thread_id : undefined;
      return isId(thread) ? `chat:${chat.id}:${thread}` : `chat:${chat.id}`;
    }
    const user = content.from ?? content.user;
    if (isRecord(user) && isId(user.id)) return `user:${user.id}`;
    return `kind:${kind.slice(0, 40)}`;
  }
  return "kind:none";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}
