import type { Update } from "../telegram/index.ts";
import { parseButton } from "./buttons.ts";
import { type CommandDeps, createCommands } from "./commands.ts";
import { type Exchange, exchangeOf, occasionOf } from "./exchange.ts";
import { readUpdate } from "./incoming.ts";
import type { TextKey } from "./ports.ts";
import { createQuestions, type QuestionDeps, type QuestionTurn } from "./questions.ts";
import { APOLOGY_STEP, editSend, type Reply, replySends } from "./replies.ts";

export interface ConversationDeps extends QuestionDeps, CommandDeps {
  bot: { id: number; username: string };
}

/** An update in its chat's order. */
export interface ConversationUpdate {
  seq: number;
  chatKey: string;
  update: Update;
}

/** What the bot does about each update. */
export interface Conversation {
  /** Handles an update; may be repeated for the same one without a second effect. */
  handle(current: ConversationUpdate, turn: QuestionTurn): Promise<void>;
  /** The name an update's handling is measured under. */
  operationOf(update: Update): string;
  /** Does at once what need not wait for the chat's order: acknowledges a press. */
  arrived(update: Update): void;
  /** Tells the person that their message could not be handled. */
  giveUp(current: ConversationUpdate): Promise<void>;
}

const AGE_REPLY = {
  "under-18": "start.age_saved_under_18",
  "18-or-over": "start.age_saved_adult",
  skip: "start.age_skipped",
} as const satisfies Record<string, TextKey>;

export function createConversation(deps: ConversationDeps): Conversation {
  const { bot, content, people, telegram } = deps;
  const commands = createCommands(deps);
  const answerQuestion = createQuestions(deps);

  function exchangeFor(current: ConversationUpdate): Exchange | null {
    const occasion = occasionOf(current.update);
    return occasion && exchangeOf(occasion, current, content.chooseLanguage);
  }

  async function handle(current: ConversationUpdate, turn: QuestionTurn): Promise<void> {
    const incoming = readUpdate(current.update, bot);
    if (incoming.kind === "none") return;
    if (incoming.kind === "blocked") return people.change(incoming.personId, { blocked: incoming.isBlocked });
    if (incoming.kind === "added") return greetGroup(current);
    const exchange = exchangeFor(current);
    if (!exchange) return;
    switch (incoming.kind) {
      case "command":
        return say(exchange, await runCommand(exchange, incoming.name));
      case "question":
        return answerQuestion(exchange, incoming, turn);
      case "unreadable":
        return say(exchange, [{ markdown: content.translate(exchange.language, "unsupported.message") }]);
      case "press":
        return press(exchange, incoming.data, incoming.messageId, turn);
    }
  }

  async function say(exchange: Exchange, replies: readonly Reply[]): Promise<void> {
    if (replies.length > 0) await telegram.record(replySends(exchange, replies, telegram.format));
  }

  async function runCommand(exchange: Exchange, name: string): Promise<Reply[]> {
    if (Object.hasOwn(commands, name)) return commands[name as keyof typeof commands](exchange);
    if (!exchange.isPrivate) return [];
    return [
      { markdown: content.translate(exchange.language, "unsupported.command", { command: `/${name}` }) },
    ];
  }

  async function press(
    exchange: Exchange,
    data: string | undefined,
    messageId: number,
    turn: QuestionTurn,
  ): Promise<void> {
    const button = parseButton(data, content.bot.suggestions);
    if (button?.kind === "ask")
      return answerQuestion(exchange, { text: button.question, isRepeated: true }, turn);
    if (button?.kind !== "age" || !exchange.isPrivate) return;
    if (button.choice !== "skip") await people.change(exchange.personId, { ageGroup: button.choice });
    const markdown = content.translate(exchange.language, AGE_REPLY[button.choice]);
    await telegram.record([editSend(exchange, messageId, markdown, telegram.format)]);
  }

  async function greetGroup({ seq, chatKey, update }: ConversationUpdate): Promise<void> {
    const { my_chat_member } = update;
    if (!my_chat_member) return;
    const { chat, from } = my_chat_member;
    const language = content.chooseLanguage(from.language_code);
    const exchange = { seq, chatKey, chatId: chat.id, isPrivate: false, personId: from.id, language };
    await say(exchange, [{ markdown: content.translate(language, "group.hint") }]);
  }

  return {
    handle,

    operationOf(update) {
      const incoming = readUpdate(update, bot);
      const isQuestion =
        incoming.kind === "press" && parseButton(incoming.data, content.bot.suggestions)?.kind === "ask";
      return `process_${isQuestion ? "question" : incoming.kind}`;
    },

    arrived({ callback_query }) {
      if (!callback_query) return;
      const isKnown = parseButton(callback_query.data, content.bot.suggestions) !== null;
      const language = content.chooseLanguage(callback_query.from.language_code);
      telegram.acknowledge(
        callback_query.id,
        isKnown ? undefined : content.translate(language, "answer.button_stale"),
      );
    },

    async giveUp(current) {
      const exchange = exchangeFor(current);
      if (!exchange) return;
      const markdown = content.translate(exchange.language, "error.apology");
      await telegram.record(replySends(exchange, [{ markdown }], telegram.format, APOLOGY_STEP));
    },
  };
}
