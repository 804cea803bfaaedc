import type { Db } from "mongodb";
import type { Answer, Question } from "../../lib/answers/index.ts";
import type { Content, Reload } from "../../lib/content/index.ts";
import {
  ChatMoves,
  type ConversationStores,
  type OpenConversation,
  type ParsedUpdate,
} from "../../lib/conversation/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import type { Risk } from "../../lib/risk/index.ts";
import { createChatMoveStore } from "../../lib/store/collections/messages/chat-moves.ts";
import { createOutboxStore } from "../../lib/store/collections/messages/outbox.ts";
import {
  formatMarkdown,
  type InlineKeyboardMarkup,
  type Message,
  Outbox,
  probeChat,
  splitFormatted,
  type Update,
} from "../../lib/telegram/index.ts";
import { openConversationStores, openTestConversation } from "../support/conversation.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeTelegram } from "../support/fake-telegram.ts";
import { pseudonym } from "../support/pseudonym.ts";

export const BOT = { id: 7, username: "helpline_bot" };
export const ANN = { id: 100, is_bot: false, first_name: "Ann", language_code: "en" };
export const BEN = { id: 200, is_bot: false, first_name: "Ben", language_code: "en" };
export const OPERATOR = { id: 900, is_bot: false, first_name: "Olga", language_code: "en" };
export const GROUP = { id: -5, type: "supergroup", title: "Class" };
export const OPERATORS = { id: -9, type: "supergroup", title: "Team" };

type Chat = { id: number; type: string };
type Person = typeof ANN;

const MODEL_ANSWER: Answer = {
  kind: "answer",
  origin: "model",
  text: "An answer.",
  sources: [],
  ending: "complete",
  model: "test",
  timing: { waitMs: 1, totalMs: 3 },
};

const privateChat = ({ id }: Person): Chat => ({ id, type: "private" });

/** The whole conversation over a database and a fake Telegram. */
export class Scene {
  readonly clock: FakeClock;
  readonly telegram: FakeTelegram;
  readonly outbox: Outbox;
  readonly conversation: OpenConversation;
  readonly moves: ChatMoves;
  readonly questions: string[] = [];
  answer: (question: Question) => Promise<Answer> = async () => MODEL_ANSWER;
  reloaded: Reload = { ok: true, changed: [] };
  checkRisk: (text: string) => Risk | null = () => null;
  /** Of each question, whether its person's budget was used up. */
  readonly overBudget: boolean[] = [];
  seq = 0;
  private messageId = 1000;
  /** Calls of the stores in progress. */
  private storing = 0;
  private readonly parsed = new WeakMap<Update, ParsedUpdate>();

  constructor(
    private readonly db: Db,
    content: Content,
    {
      hasOperatorsChat = true,
      clock = new FakeClock(),
      telegram = new FakeTelegram(clock.now),
      allowedUserIds = [] as readonly number[],
    } = {},
  ) {
    this.clock = clock;
    this.telegram = telegram;
    const operators = { userIds: [OPERATOR.id], chatId: hasOperatorsChat ? OPERATORS.id : undefined };
    this.moves = new ChatMoves({ store: createChatMoveStore(db), operators, clock });
    this.outbox = new Outbox({
      api: this.telegram,
      store: this.counted(createOutboxStore(db)),
      botId: BOT.id,
      pseudonym,
      clock: this.clock,
      logger: silentLogger,
      random: () => 0.5,
      onBlocked: () => {},
      onSent: (sent) => this.conversation.onSent(sent),
      hasReserve: (chatId) => chatId === OPERATORS.id,
      onFailed: (failed) => this.conversation.onFailed(failed),
      onMoved: (from, to) => this.conversation.moveChat(from, to),
      chatIdOf: (chatId) => this.moves.chatIdOf(chatId),
    });
    const record: Outbox["record"] = (sends) => this.outbox.record(sends);
    const format = (markdown: string) => splitFormatted(formatMarkdown(markdown));
    const stores = Object.entries(openConversationStores(db)).map(([name, store]) => [
      name,
      this.counted(store),
    ]);
    const store = Object.fromEntries(stores) as ConversationStores;
    this.conversation = openTestConversation(db, {
      bot: BOT,
      content,
      store: {
        ...store,
        // Far from the numbers the test gives its updates.
        updates: { ...store.updates, nextSeq: async () => 1_000_000 + (await store.updates.nextSeq()) },
      },
      answers: {
        answer: (question) => {
          this.questions.push(question.text);
          this.overBudget.push(question.isOverBudget === true);
          return this.answer(question);
        },
        askable: ({ isOverBudget }) => (isOverBudget ? "person-budget" : "model"),
        costOf: (_model, { promptTokens, outputTokens }) => (promptTokens + 2 * outputTokens) / 1000,
        reject: async () => {},
        passage: () => null,
        checkRisk: (text) => this.checkRisk(text),
        riskHelp: () => null,
      },
      operators,
      allowedUserIds,
      moves: this.moves,
      telegram: {
        record,
        format,
        startLiveReply: () => ({
          show: () => {},
          wait: () => {},
          isMessageShown: () => false,
          stop: async () => {},
        }),
        sentMessage: async () => null,
        acknowledge: () => {},
      },
      outbox: this.outbox,
      probeChat: (chatId, probe, signal) => probeChat(this.telegram, chatId, probe, signal),
      operatorTools: {
        statsPicture: async () => ({ text: "All is well", png: new Uint8Array([1, 2, 3]) }),
        reloadContent: async () => this.reloaded,
      },
      clock: this.clock,
    });
  }

  /** Handles an update with those that join it, and waits until its sends are delivered. */
  async handle(update: Update, seq?: number, followers?: { seq: number; update: Update }[]): Promise<void> {
    await this.take(update, seq, followers);
    await this.delivered();
  }

  /** Handles an update; its sends may still wait. */
  async take(
    update: Update,
    seq = this.seq + 1,
    followers: { seq: number; update: Update }[] = [],
  ): Promise<void> {
    this.seq = Math.max(this.seq, seq);
    const queue = { onQueued: async () => {}, onStarted: async () => {} };
    const { message, edited_message, callback_query } = update;
    const chat = (message ?? edited_message ?? callback_query?.message)?.chat;
    const parsed = this.parse(seq, `chat:${chat?.id}`, update);
    if (this.conversation.refuses(parsed)) return;
    await this.conversation.handle(parsed, {
      signal: new AbortController().signal,
      whileWaiting: (wait) => wait(queue),
      join: async () => followers,
    });
  }

  /** Parses an update when it arrives, like the inbox, which keeps the result for repetitions. */
  private parse(seq: number, chatKey: string, update: Update): ParsedUpdate {
    const known = this.parsed.get(update);
    if (known) return known;
    const parsed = this.conversation.parse({ seq, chatKey, update });
    this.parsed.set(update, parsed);
    this.conversation.arrived(parsed);
    return parsed;
  }

  async delivered(): Promise<void> {
    await this.until(() => this.outbox.stats().unsettled === 0);
  }

  /**
   * Lets time pass, and everything that happens meanwhile come to its end at its own moment: no time passes while a store
   * is at work, however long that takes.
   */
  async pass(ms: number): Promise<void> {
    const { clock } = this;
    const end = clock.monotonic() + ms;
    await this.quiet();
    while (clock.monotonic() < end) {
      await clock.advance(Math.min(Math.max(0, clock.nextInMs), end - clock.monotonic()));
      await this.quiet();
    }
  }

  /** Waits until nothing is read or written any more. */
  private async quiet(): Promise<void> {
    for (let turns = 0; turns < 10; turns += 1) {
      if (this.storing > 0) turns = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A store whose calls in progress are counted. */
  private counted<Store extends object>(store: Store): Store {
    const entries = Object.entries(store).map(([name, method]) => [
      name,
      async (...args: unknown[]) => {
        this.storing += 1;
        try {
          return await (method as (...args: unknown[]) => unknown)(...args);
        } finally {
          this.storing -= 1;
        }
      },
    ]);
    return Object.fromEntries(entries) as Store;
  }

  /** Checks at every turn of the event loop. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
  }

  message(person: Person, fields: object, chat: Chat = privateChat(person)): Update {
    this.messageId += 1;
    const message = { message_id: this.messageId, date: 0, chat, from: person, ...fields };
    return { update_id: this.messageId, message };
  }

  /** Edits a message. */
  edit({ message }: Update, text: string): Promise<void> {
    this.messageId += 1;
    return this.handle({ update_id: this.messageId, edited_message: { ...(message as Message), text } });
  }

  say(person: Person, text: string, chat?: Chat): Promise<void> {
    return this.handle(this.message(person, { text }, chat));
  }

  /** Replies to a message of the bot. */
  reply(person: Person, chat: Chat, messageId: number, fields: object): Promise<void> {
    const reply_to_message = { message_id: messageId, from: { id: BOT.id, is_bot: true, first_name: "Bot" } };
    return this.handle(this.message(person, { ...fields, reply_to_message }, chat));
  }

  pressUpdate(person: Person, data: string, chat: Chat = privateChat(person), messageId?: number): Update {
    this.messageId += 1;
    const message = { message_id: messageId ?? this.lastMessageId(chat.id), date: 0, chat };
    const callback_query = { id: `p${this.messageId}`, from: person, chat_instance: "1", data, message };
    return { update_id: this.messageId, callback_query };
  }

  press(person: Person, data: string, chat?: Chat): Promise<void> {
    return this.handle(this.pressUpdate(person, data, chat));
  }

  texts(chatId: number): string[] {
    return this.telegram.texts(chatId);
  }

  last(chatId: number): string {
    return this.texts(chatId).at(-1) ?? "";
  }

  lastMessageId(chatId: number): number {
    return this.telegram.chats.get(chatId)?.at(-1)?.id ?? 0;
  }

  /** The buttons that were last shown in a chat: label by label, with their data. */
  buttons(chatId: number): { text: string; data: string }[] {
    const call = this.telegram.calls.findLast(
      ({ params }) => params.chat_id === chatId && params.reply_markup !== undefined,
    );
    const markup = call?.params.reply_markup as InlineKeyboardMarkup | undefined;
    return (markup?.inline_keyboard ?? []).flat().map((button) => ({
      text: button.text,
      data: button.callback_data ?? "",
    }));
  }

  /** Presses the button with this label, of those last shown in the chat. */
  async pressLabel(person: Person, label: RegExp, chat: Chat = privateChat(person)): Promise<void> {
    const button = this.buttons(chat.id).find(({ text }) => label.test(text));
    if (!button) throw new Error(`no button ${label} in chat ${chat.id}`);
    await this.press(person, button.data, chat);
  }

  collection(name: string) {
    return this.db.collection(name);
  }
}
