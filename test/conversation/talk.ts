import type { Db } from "mongodb";
import type { Answer, Question } from "../../lib/answers/index.ts";
import type { Content } from "../../lib/content/index.ts";
import type {
  Conversation,
  ConversationDeps,
  ConversationTelegram,
  ParsedUpdate,
} from "../../lib/conversation/index.ts";
import { formatMarkdown, type NewSend, splitFormatted, type Update } from "../../lib/telegram/index.ts";
import { openConversationStores, openTestConversation } from "../support/conversation.ts";
import { FakeClock } from "../support/fake-clock.ts";

export const BOT = { id: 7, username: "helpline_bot" };
export const ANN = { id: 100, is_bot: false, first_name: "Ann", language_code: "en" };
export const PRIVATE = { id: 100, type: "private", first_name: "Ann" };
export const GROUP = { id: -5, type: "supergroup", title: "Class" };

export const MODEL_ANSWER: Answer = {
  kind: "answer",
  origin: "model",
  text: "Use a **new** one each time.",
  sources: [{ pageId: "condoms", title: "Condoms", language: "en" }],
  ending: "complete",
  model: "gemini",
  usage: { promptTokens: 10, outputTokens: 5 },
  timing: { waitMs: 1, firstTextMs: 2, totalMs: 3 },
};

export interface Button {
  text: string;
  callback_data?: string;
  request_location?: boolean;
  request_contact?: boolean;
}

/** A message of the bot, as the chat shows it now. */
export interface Bubble {
  id: number;
  method: string;
  text: string;
  buttons: Button[];
}

/** A person's chat with the bot: what they do, and what it shows. */
export class Talk {
  readonly sends: NewSend[] = [];
  readonly bubbles: Bubble[] = [];
  readonly acknowledged: (string | undefined)[] = [];
  readonly questions: Question[] = [];
  /** The files Telegram has, by their ids. */
  readonly files = new Set<string>();
  readonly shown: string[] = [];
  readonly waits: { markdown: string; buttons: Button[] }[] = [];
  readonly clock = new FakeClock();
  readonly operators = { userIds: [900], chatId: -900 as number | undefined };
  answer: (question: Question) => Promise<Answer> = async () => MODEL_ANSWER;
  reject: (text: string) => Promise<void> = async () => {};
  passage: ConversationDeps["answers"]["passage"] = () => null;
  checkRisk: ConversationDeps["answers"]["checkRisk"] = () => null;
  /** What the end of a live reply waits for. */
  onStop: () => Promise<void> = async () => {};
  /** What the download of files waits for. */
  onDownload: (signal: AbortSignal) => Promise<void> = async () => {};
  /** Called before and after every durable effect; may throw. */
  onEffect: () => void = () => {};
  conversation: Conversation;
  chat: object = PRIVATE;
  seq = 0;
  private readonly db: Db;
  private readonly content: ConversationDeps["content"] & Content;
  private lastId = 0;
  private parsed = new WeakMap<Update, ParsedUpdate>();

  constructor(db: Db, content: Content) {
    this.db = db;
    this.content = content;
    this.conversation = this.open();
  }

  /** What the bot's messages say now. */
  get texts(): string[] {
    return this.bubbles.map(({ text }) => text);
  }

  get last(): Bubble {
    const bubble = this.bubbles.at(-1);
    if (!bubble) throw new Error("The bot has said nothing");
    return bubble;
  }

  /** A new process takes over. */
  restart(): void {
    this.conversation = this.open();
    this.parsed = new WeakMap();
  }

  update(content: object): Update {
    this.lastId += 1;
    return { update_id: this.lastId, ...content };
  }

  message(fields: object): Update {
    const message = { message_id: this.lastId + 1, date: 0, chat: this.chat, from: ANN, ...fields };
    return this.update({ message });
  }

  press(data: string, messageId = 55): Update {
    const message = { message_id: messageId, date: 0, chat: this.chat };
    const press = { id: `press-${this.lastId}`, from: ANN, chat_instance: "1", data, message };
    return this.update({ callback_query: press });
  }

  async say(text: string, fields: object = {}): Promise<void> {
    await this.handle(this.message({ text, ...fields }));
  }

  /** Taps the latest button with this label. */
  async tap(label: string): Promise<void> {
    const bubble = this.bubbles.findLast(({ buttons }) => buttons.some(({ text }) => text.includes(label)));
    const data = bubble?.buttons.find(({ text }) => text.includes(label))?.callback_data;
    if (!bubble || data === undefined) throw new Error(`No button says "${label}"`);
    await this.handle(this.press(data, bubble.id));
  }

  arrive(update: Update, seq: number): void {
    this.conversation.arrived(this.parse(seq, this.chatKey, update));
  }

  async handle(update: Update, at?: number): Promise<void> {
    this.seq = at ?? this.seq + 1;
    const { seq, chatKey } = this;
    this.arrive(update, seq);
    await this.turn(update, seq, chatKey);
  }

  async turn(
    update: Update,
    seq: number,
    chatKey = this.chatKey,
    joined: { seq: number; update: Update }[] = [],
  ): Promise<void> {
    const queue = { onQueued: async () => {}, onStarted: async () => {} };
    await this.conversation.handle(this.parse(seq, chatKey, update), {
      signal: new AbortController().signal,
      whileWaiting: (wait) => wait(queue),
      join: async () => joined,
    });
  }

  /** Parses an update the first time, like the inbox, which keeps the result for repetitions. */
  parse(seq: number, chatKey: string, update: Update): ParsedUpdate {
    const parsed =
      this.parsed.get(update) ??
      this.conversation.parse({ seq, chatKey, update, arrivedAt: this.clock.now() });
    this.parsed.set(update, parsed);
    return parsed;
  }

  /** Waits until the operators are told something, and returns it. */
  async toldOperators(): Promise<string> {
    for (;;) {
      const told = this.sends.find(({ chatId }) => chatId === this.operators.chatId);
      if (told) return String(told.params.text);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private get chatKey(): string {
    return `chat:${(this.chat as { id: number }).id}`;
  }

  private open(): Conversation {
    const { db, content, operators, clock } = this;
    const telegram: ConversationTelegram = {
      record: async (recorded) => {
        this.onEffect();
        for (const send of recorded) this.send(send);
        this.onEffect();
      },
      startLiveReply: ({ seq, hasMessage = false }) => ({
        show: (text) => {
          this.shown.push(text);
          if (hasMessage) this.preview(seq, text, []);
        },
        wait: (markdown, keyboard) => {
          const buttons = keyboard.inline_keyboard.flat();
          this.waits.push({ markdown, buttons });
          this.preview(seq, markdown, buttons);
        },
        isMessageShown: () => this.waits.length > 0,
        stop: () => this.onStop(),
      }),
      sentMessage: async (seq, step) =>
        this.bubbles.find(({ id }) => this.ids.get(`${seq}:${step}`) === id)?.id ?? null,
      acknowledge: (_id, text) => this.acknowledged.push(text),
      format: (markdown) => splitFormatted(formatMarkdown(markdown)),
    };
    const store = openConversationStores(db);
    return openTestConversation(db, {
      bot: BOT,
      content,
      store: {
        ...store,
        conversations: this.withEffects(store.conversations),
        people: this.withEffects(store.people),
        // Far from the numbers the test gives its updates.
        updates: { ...store.updates, nextSeq: async () => 1_000_000 + (await store.updates.nextSeq()) },
      },
      answers: {
        answer: (question) => {
          this.questions.push(question);
          return this.answer(question);
        },
        askable: () => "model",
        costOf: () => 0,
        reject: (text) => this.reject(text),
        passage: (id, why) => this.passage(id, why),
        checkRisk: (text, language) => this.checkRisk(text, language),
        riskHelp: (id) => ({ id, help: `Help for ${id}` }),
      },
      operators,
      telegram,
      files: {
        receive: async (ids, signal) => {
          await this.onDownload(signal);
          return {
            files: ids
              .filter((id) => this.files.has(id))
              .map((id) => ({ path: `/${id}`, mimeType: "image/png", sizeBytes: 1 })),
            problems: ids.some((id) => !this.files.has(id)) ? ["gone"] : [],
            remove: async () => {},
          };
        },
      },
      clock,
    });
  }

  /** The messages that sends became. */
  private readonly ids = new Map<string, number>();

  /** Sends once, as the outbox does. */
  private send(send: NewSend): void {
    const key = `${send.seq}:${send.step}`;
    if (this.ids.has(key)) return;
    this.sends.push(send);
    const { method, params } = send;
    const markup = params.reply_markup as { inline_keyboard?: Button[][]; keyboard?: Button[][] } | undefined;
    const buttons = (markup?.inline_keyboard ?? markup?.keyboard ?? []).flat();
    const text = (params.text ?? params.caption ?? "") as string;
    const edited =
      method === "editMessageText" ? Number(params.message_id) : this.ids.get(send.edits ?? "nothing");
    if (edited === undefined) {
      this.post(key, { method, text, buttons }, send.chatKey);
      return;
    }
    this.ids.set(key, edited);
    this.edit(edited, { text, buttons });
  }

  private preview(seq: number, text: string, buttons: Button[]): void {
    const shown = this.ids.get(`${seq}:0`);
    if (shown === undefined) this.post(`${seq}:0`, { method: "sendMessage", text, buttons });
    else this.edit(shown, { text, buttons });
  }

  private post(key: string, bubble: Omit<Bubble, "id">, chatKey = this.chatKey): void {
    const id = 100_000 + this.ids.size;
    this.ids.set(key, id);
    if (chatKey === this.chatKey) this.bubbles.push({ id, ...bubble });
  }

  private edit(messageId: number, to: Pick<Bubble, "text" | "buttons">): void {
    const edited = this.bubbles.find(({ id }) => id === messageId);
    if (edited) Object.assign(edited, to);
  }

  /** A store whose calls may crash before or after they took effect. */
  private withEffects<Store extends object>(store: Store): Store {
    const entries = Object.entries(store).map(([name, method]) => [
      name,
      async (...args: unknown[]) => {
        this.onEffect();
        const result: unknown = await (method as (...args: unknown[]) => unknown)(...args);
        this.onEffect();
        return result;
      },
    ]);
    return Object.fromEntries(entries) as Store;
  }
}
