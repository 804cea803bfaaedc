import type { Life, Orders } from "./orders.ts";
import type { Parts } from "./parts.ts";

/** Telegram's sending side. An aborted call may still take effect, later than calls made after it. */
export class OrderedTelegram {
  readonly chats = new Map<number, { id: number; text: string }[]>();
  /** Messages that were given up in flight, by chat: each may be there besides the one sent instead. */
  readonly unclear = new Map<number, number>();
  readonly #orders: Orders;
  readonly #TelegramError: Parts["TelegramError"];
  readonly #broken: (what: string) => void;
  #lastId = 0;

  constructor(
    orders: Orders,
    { TelegramError }: Pick<Parts, "TelegramError">,
    broken: (what: string) => void,
  ) {
    this.#orders = orders;
    this.#broken = broken;
    this.#TelegramError = TelegramError;
  }

  texts(chatId: number): string[] {
    return (this.chats.get(chatId) ?? []).map(({ text }) => text);
  }

  apiOf(life: Life) {
    return {
      call: <Result>(
        method: string,
        params: Record<string, unknown> = {},
        signal?: AbortSignal,
      ): Promise<Result> =>
        new Promise<Result>((resolve, reject) => {
          if (method === "sendChatAction") return resolve(true as Result);
          let isApplied = false;
          let isOver = false;
          const abort = (): void => {
            if (isOver) return;
            isOver = true;
            if (!isApplied) this.#orders.overdue += 1;
            if (method === "sendMessage") this.#countUnclear(params.chat_id as number);
            reject(signal?.reason as Error);
          };
          if (signal?.aborted) return reject(signal.reason as Error);
          signal?.addEventListener("abort", abort, { once: true });
          const apply = (): Result => {
            if (isOver) this.#orders.overdue -= 1;
            else if (method === "sendMessageDraft") this.#checkDraft(params);
            isApplied = true;
            return this.#apply(method, params) as Result;
          };
          life
            .call(`telegram.${method}`, apply)
            .then(resolve, reject)
            .finally(() => {
              isOver = true;
            });
        }),
    };
  }

  /** A draft that comes after its answer would hide it, as long as the person looks. */
  #checkDraft({ chat_id, text }: Record<string, unknown>): void {
    const [number] = String(text).split(" ", 1);
    if (this.texts(chat_id as number).some((shown) => shown.startsWith(`${number} `)))
      this.#broken(`${number} is answered, and then a draft of it is shown`);
  }

  #countUnclear(chatId: number): void {
    this.unclear.set(chatId, (this.unclear.get(chatId) ?? 0) + 1);
  }

  #apply(method: string, { chat_id, message_id, text }: Record<string, unknown>): unknown {
    const chat = this.chats.get(chat_id as number) ?? [];
    this.chats.set(chat_id as number, chat);
    if (method === "sendMessage") {
      this.#lastId += 1;
      chat.push({ id: this.#lastId, text: String(text) });
      return { message_id: this.#lastId };
    }
    if (method !== "editMessageText") return true;
    const message = chat.find(({ id }) => id === message_id);
    if (!message) throw this.#refused("Bad Request: message to edit not found");
    if (message.text === text) throw this.#refused("Bad Request: message is not modified");
    message.text = String(text);
    return { message_id };
  }

  /** An error of the explored parts' own class: they may be a copy of the source, to which another class means nothing. */
  #refused(description: string): Error {
    const failure = { kind: "refused", errorCode: 400, description } as const;
    return new this.#TelegramError(description, "TELEGRAM_400", failure);
  }
}
