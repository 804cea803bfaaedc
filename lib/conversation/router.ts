import type { ConversationStore } from "../store/index.ts";
import { type CommandName, menuCommand } from "./commands/menu.ts";
import type { Exchange, Operators } from "./exchange.ts";
import type { CommandHandler, Feature, Turn } from "./feature.ts";
import type { Bot, Incoming } from "./incoming/incoming.ts";
import type { ConversationContent } from "./ports.ts";
import type { AskQuestion } from "./questions/asking.ts";
import { withComment } from "./questions/forwards.ts";
import { contextOf } from "./questions/quoted-message.ts";
import type { Reply } from "./replies.ts";

export interface RouterDeps {
  bot: Bot;
  content: ConversationContent;
  operators: Operators;
  conversations: Pick<ConversationStore, "history" | "withdraw">;
  commands: Readonly<Record<CommandName, CommandHandler>>;
  /** In the order they are tried; the first that replies handles a press or a message. */
  features: readonly Feature[];
  /** Answers what no feature handles. */
  ask: AskQuestion;
  /** Asks about the file of a message, or of the one it replies to; null when there is none. */
  askAboutFile: NonNullable<Feature["messages"]>;
}

/** Passes what a person sent to the feature that handles it. */
export interface Router {
  respond(exchange: Exchange, incoming: Incoming, turn: Turn): Promise<Reply[]>;
  /** Runs a command by name, for a button that does the same. */
  runCommand(exchange: Exchange, name: string, args: string, turn: Turn): Promise<Reply[]>;
}

export function createRouter(deps: RouterDeps): Router {
  const { bot, content, operators, commands, features, ask, askAboutFile } = deps;
  async function respond(exchange: Exchange, incoming: Incoming, turn: Turn): Promise<Reply[]> {
    switch (incoming.kind) {
      case "command":
        return runCommand(exchange, incoming.name, incoming.args, turn);
      case "press":
        return press(exchange, incoming, turn);
      case "question":
        return question(exchange, incoming, turn);
      case "media":
        return (await offerMessage(exchange, incoming, turn)) ?? unreadable(exchange);
      case "added":
        return [{ markdown: content.translate(exchange.language, "group.hint") }];
      default:
        return [];
    }
  }

  async function runCommand(exchange: Exchange, name: string, args: string, turn: Turn): Promise<Reply[]> {
    const command = Object.hasOwn(commands, name) ? commands[name as CommandName] : undefined;
    const replies = await command?.(exchange, args, turn);
    if (replies) return replies;
    if (!exchange.isPrivate) return [];
    return [
      { markdown: content.translate(exchange.language, "unsupported.command", { command: `/${name}` }) },
    ];
  }

  async function press(
    exchange: Exchange,
    { data = "", messageId }: Extract<Incoming, { kind: "press" }>,
    turn: Turn,
  ): Promise<Reply[]> {
    const [prefix = "", ...rest] = data.split(":");
    for (const { presses = {} } of features) {
      const handler = Object.hasOwn(presses, prefix) ? presses[prefix] : undefined;
      const replies = await handler?.(exchange, { value: rest.join(":"), messageId }, turn);
      if (replies) return replies;
    }
    return [{ markdown: content.translate(exchange.language, "answer.button_stale") }];
  }

  async function question(
    exchange: Exchange,
    incoming: Extract<Incoming, { kind: "question" }>,
    turn: Turn,
  ): Promise<Reply[]> {
    const { message, text } = incoming;
    const asked = { text, ...contextOf(message, text, bot) };
    const isOperatorsChat = exchange.chatId === operators.chatId;
    if (!exchange.isPrivate && !isOperatorsChat) {
      return (await askAboutFile(exchange, message, turn)) ?? ask(exchange, asked, turn);
    }
    const command = exchange.isPrivate ? menuCommand(content, text) : null;
    if (command !== null) return runCommand(exchange, command, "", turn);
    const replies = await offerMessage(exchange, incoming, turn);
    return replies ?? ask(exchange, await withComment(deps.conversations, exchange, message, asked), turn);
  }

  async function offerMessage(
    exchange: Exchange,
    { message }: Extract<Incoming, { kind: "question" | "media" }>,
    turn: Turn,
  ): Promise<Reply[] | null> {
    for (const feature of features) {
      const replies = await feature.messages?.(exchange, message, turn);
      if (replies) return replies;
    }
    return null;
  }

  function unreadable({ language, isPrivate }: Exchange): Reply[] {
    return isPrivate ? [{ markdown: content.translate(language, "unsupported.message") }] : [];
  }

  return { respond, runCommand };
}
