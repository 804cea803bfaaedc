import { type Failure, TelegramError, Upload } from "../../lib/telegram/index.ts";

/** A call as the fake Telegram received it. */
export interface ReceivedCall {
  method: string;
  params: Record<string, unknown>;
  at: number;
}

/** What happens to a call: it succeeds, fails, fails after it took effect, or never answers. */
export type Fate = "ok" | "hang" | { fails: Failure } | { appliedButFails: Failure };

/** Telegram's sending side in memory: keeps every call and what each chat shows. */
export class FakeTelegram {
  readonly calls: ReceivedCall[] = [];
  /** The messages of each chat, in order, as people see them now. */
  readonly chats = new Map<number, { id: number; text: string; entities?: unknown }[]>();
  /** What `getChat` tells of chats. */
  readonly described = new Map<number, object>();
  /** Decides the fate of each call; everything succeeds when it is not set. */
  decide: (call: ReceivedCall) => Fate = () => "ok";
  /** Called when a call arrives, and when it took effect. */
  onCall: () => void = () => {};
  onApplied: () => void = () => {};
  private lastMessageId = 0;
  private readonly now: () => number;

  constructor(now: () => number = () => 0) {
    this.now = now;
  }

  /** The fates of the next calls, in order; then everything succeeds again. */
  plan(...fates: Fate[]): void {
    const left = [...fates];
    this.decide = () => left.shift() ?? "ok";
  }

  readonly call = async <Result = unknown>(
    method: string,
    params: Record<string, unknown> = {},
    signal?: AbortSignal,
  ): Promise<Result> => {
    const received = { method, params: copied(params), at: this.now() };
    this.calls.push(received);
    const fate = this.decide(received);
    this.onCall();
    await Promise.resolve();
    if (fate === "hang") return untilAborted(signal);
    if (typeof fate === "object" && "fails" in fate) throw failing(fate.fails);
    const result = this.apply(received);
    this.onApplied();
    if (fate === "ok") return result as Result;
    throw failing(fate.appliedButFails);
  };

  texts(chatId: number): string[] {
    return (this.chats.get(chatId) ?? []).map(({ text }) => text);
  }

  private apply({ method, params }: ReceivedCall): unknown {
    if (method === "getChat") return { id: params.chat_id, ...this.described.get(params.chat_id as number) };
    if (method === "deleteMessage") {
      const kept = this.chats.get(params.chat_id as number)?.filter(({ id }) => id !== params.message_id);
      this.chats.set(params.chat_id as number, kept ?? []);
      return true;
    }
    if (method === "sendMediaGroup") {
      return (params.media as Record<string, unknown>[]).map(({ type, media }) =>
        this.file(String(type), media),
      );
    }
    const [, kind] = /^send(Photo|Video|Audio|Voice|Document|Animation)$/.exec(method) ?? [];
    if (kind !== undefined) return this.file(kind.toLowerCase(), params[kind.toLowerCase()]);
    if (method !== "sendMessage" && method !== "editMessageText") return true;
    const chatId = params.chat_id as number;
    const chat = this.chats.get(chatId) ?? [];
    this.chats.set(chatId, chat);
    const content = { text: String(params.text), entities: params.entities };
    if (method === "sendMessage") {
      this.lastMessageId += 1;
      chat.push({ id: this.lastMessageId, ...content });
      return { message_id: this.lastMessageId };
    }
    const message = chat.find(({ id }) => id === params.message_id);
    if (!message) throw refused("Bad Request: message to edit not found");
    if (message.text === content.text) throw refused("Bad Request: message is not modified");
    Object.assign(message, content);
    return { message_id: message.id };
  }

  /** The message of a file; an upload gets an id of its own. */
  private file(kind: string, sent: unknown): unknown {
    this.lastMessageId += 1;
    const file = { file_id: typeof sent === "string" ? sent : `${kind}-${this.lastMessageId}` };
    return { message_id: this.lastMessageId, [kind]: kind === "photo" ? [{ file_id: "small" }, file] : file };
  }
}

/** A copy of parameters, in which uploads stay what they are. */
function copied<Value>(value: Value): Value {
  if (value instanceof Upload || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copied(item)) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copied(item)])) as Value;
}

/** The error the client would throw for a failure. */
export function failing(failure: Failure): TelegramError {
  return new TelegramError(`fake ${failure.kind}`, `TELEGRAM_${failure.kind}`, failure);
}

export function refused(description: string, errorCode = 400): TelegramError {
  return failing({ kind: "refused", errorCode, description });
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal?.reason as Error);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
}
