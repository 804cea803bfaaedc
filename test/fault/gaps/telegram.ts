import { Readable } from "node:stream";
import type { InlineKeyboardMarkup, TelegramApi, Update } from "../../../lib/telegram/index.ts";
import { failing, refused } from "../../support/fake-telegram.ts";
import { type DurableSteps, never } from "./durable-steps.ts";

interface ChatMessage {
  id: number;
  text: string;
  buttons: { text: string; data: string }[];
}

/** Calls that change nothing that lasts. */
const PASSING = new Set([
  "getChat",
  "sendChatAction",
  "sendMessageDraft",
  "answerCallbackQuery",
  "getMe",
  "getFile",
]);

/** Telegram, as all the processes that die and start see it: what it has shown, and the updates it still has. */
export class GapTelegram {
  readonly chats = new Map<number, ChatMessage[]>();
  /** Every text a chat has shown, also before an edit. */
  readonly shown = new Map<number, Set<string>>();
  readonly pending: Update[] = [];
  /** Calls in flight, without a poll that waits. */
  inFlight = 0;
  /** Groups that moved, by their old id. */
  readonly moved = new Map<number, number>();
  #lastMessageId = 1_000;
  #lastBotMessageId = 100_000;
  #wake: () => void = () => {};

  /** An id for a message of a person. */
  nextMessageId(): number {
    this.#lastMessageId += 1;
    return this.#lastMessageId;
  }

  deliver(...updates: Update[]): void {
    this.pending.push(...updates);
    this.#wake();
  }

  texts(chatId: number): string[] {
    return (this.chats.get(chatId) ?? []).map(({ text }) => text);
  }

  /** The client of one process. */
  apiOf(steps: DurableSteps): TelegramApi {
    const call = (method: string, params: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> =>
      method === "getUpdates" ? this.#poll(params, steps, signal) : this.#call(method, params, steps);
    const known = {
      call,
      download: async () => Readable.from([Buffer.from("%PDF-1.4 a file")]),
      closeConnections: () => {},
    };
    return new Proxy(known, {
      get: (target, name: string) =>
        name in target
          ? target[name as keyof typeof target]
          : name === "then"
            ? undefined
            : (params: Record<string, unknown> = {}, signal?: AbortSignal) => call(name, params, signal),
    }) as unknown as TelegramApi;
  }

  async #call(method: string, params: Record<string, unknown>, steps: DurableSteps): Promise<unknown> {
    if (steps.isDead) return never();
    this.inFlight += 1;
    await Promise.resolve();
    this.inFlight -= 1;
    const result = this.#apply(method, params);
    if (!PASSING.has(method)) await steps.took(`Telegram ${method}`);
    return steps.isDead ? never() : result;
  }

  /** Confirms what is below the offset, then answers with what is left, as soon as there is something. */
  async #poll(params: Record<string, unknown>, steps: DurableSteps, signal?: AbortSignal): Promise<unknown> {
    if (steps.isDead) return never();
    const { offset = 0 } = params as { offset?: number };
    const confirmed = this.pending.filter(({ update_id }) => update_id < offset);
    if (confirmed.length > 0) {
      this.pending.splice(0, confirmed.length);
      await steps.took("Telegram getUpdates");
    }
    while (this.pending.length === 0 && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    if (steps.isDead) return never();
    signal?.throwIfAborted();
    return [...this.pending];
  }

  #apply(method: string, params: Record<string, unknown>): unknown {
    if (method === "getFile") return { file_path: `files/${String(params.file_id)}`, file_size: 15 };
    if (PASSING.has(method) || /^(set|delete)/.test(method)) return true;
    const chatId = params.chat_id as number;
    const toChatId = this.moved.get(chatId);
    if (toChatId !== undefined) throw failing({ kind: "moved", toChatId });
    const chat = this.chats.get(chatId) ?? [];
    this.chats.set(chatId, chat);
    const markup = params.reply_markup as InlineKeyboardMarkup | undefined;
    const buttons = (markup?.inline_keyboard ?? [])
      .flat()
      .map((button) => ({ text: button.text, data: button.callback_data ?? "" }));
    const everShown = this.shown.get(chatId) ?? new Set();
    this.shown.set(chatId, everShown.add(textOf(method, params)));
    if (method.startsWith("edit")) return edit(chat, params, buttons);
    this.#lastBotMessageId += 1;
    const message = { id: this.#lastBotMessageId, text: textOf(method, params), buttons };
    chat.push(message);
    return { message_id: message.id };
  }
}

function edit(
  chat: readonly ChatMessage[],
  params: Record<string, unknown>,
  buttons: ChatMessage["buttons"],
): unknown {
  const message = chat.find(({ id }) => id === params.message_id);
  if (!message) throw refused("Bad Request: message to edit not found");
  const text = typeof params.text === "string" ? params.text : message.text;
  if (message.text === text && JSON.stringify(message.buttons) === JSON.stringify(buttons)) {
    throw refused("Bad Request: message is not modified");
  }
  Object.assign(message, { text, buttons });
  return { message_id: message.id };
}

/** What a chat shows of a message: its words, or what kind it is. */
function textOf(method: string, { text, caption }: Record<string, unknown>): string {
  const words = text ?? caption;
  return typeof words === "string" ? words : `(${method})`;
}
