import type { PeopleStore } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import { type Address, addressOf, type Exchange, type Operators, openExchange } from "./exchange.ts";
import type { Feature, InboxTurn, Turn } from "./feature.ts";
import { type Bot, type Incoming, readUpdate } from "./incoming.ts";
import { createQuestions, type QuestionDeps } from "./questions.ts";
import { APOLOGY_STEP, type Reply, replySends } from "./replies.ts";
import { createWelcome } from "./welcome.ts";

export interface ConversationDeps extends QuestionDeps {
  bot: Bot;
  people: PeopleStore;
  operators: Operators;
  /** Whether a model answers, rather than the library alone. */
  hasModel: boolean;
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
  handle(current: ConversationUpdate, turn: InboxTurn): Promise<void>;
  /** The name an update's handling is measured under. */
  operationOf(update: Update): string;
  /** Does at once what need not wait for the chat's order: acknowledges a press. */
  arrived(current: ConversationUpdate): void;
  /** Tells the person that their message could not be handled. */
  giveUp(current: ConversationUpdate): Promise<void>;
}

export function createConversation(deps: ConversationDeps): Conversation {
  const { bot, content, people, telegram } = deps;
  const ask = createQuestions(deps);
  /** The first that takes a message has it. */
  const features: readonly Feature[] = [createWelcome({ ...deps, ask })];

  let turns = 0;

  async function handle(current: ConversationUpdate, inboxTurn: InboxTurn): Promise<void> {
    turns += 1;
    const turn = { ...inboxTurn, order: turns };
    const incoming = readUpdate(current.update, bot);
    if (incoming.kind === "none") return;
    if (incoming.kind === "blocked") return people.change(incoming.personId, { blocked: incoming.isBlocked });
    const address = addressOf(current.update, current);
    if (address) await converse(address, incoming, turn);
  }

  /** Replies first, then does what must come after: a repetition from any point sends and changes the same. */
  async function converse(
    address: Address,
    incoming: Incoming,
    turn: Omit<Turn, "afterwards">,
  ): Promise<void> {
    const exchange = await openExchange(address, deps);
    const effects: (() => Promise<unknown>)[] = [];
    const replies = await respond(exchange, incoming, {
      ...turn,
      afterwards: (effect) => effects.push(effect),
    });
    if (replies.length > 0) await telegram.record(replySends(exchange, replies, telegram.format));
    for (const effect of effects) await effect();
  }

  async function respond(exchange: Exchange, incoming: Incoming, turn: Turn): Promise<Reply[]> {
    switch (incoming.kind) {
      case "command":
        return runCommand(exchange, incoming.name, incoming.args, turn);
      case "press":
        return press(exchange, incoming, turn);
      case "question":
        if (!exchange.isPrivate && exchange.chatId !== deps.operators.chatId)
          return ask(exchange, incoming, turn);
        return (await offerMessage(exchange, incoming, turn)) ?? ask(exchange, incoming, turn);
      case "media":
        return (await offerMessage(exchange, incoming, turn)) ?? unreadable(exchange);
      case "added":
        return [{ markdown: content.translate(exchange.language, "group.hint") }];
      default:
        return [];
    }
  }

  async function runCommand(exchange: Exchange, name: string, args: string, turn: Turn): Promise<Reply[]> {
    for (const { commands = {} } of features) {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
      const replies = await command?.(exchange, args, turn);
      if (replies) return replies;
    }
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

  return {
    handle,

    operationOf(update) {
      const incoming = readUpdate(update, bot);
      const isQuestion = incoming.kind === "press" && incoming.data?.startsWith("ask:");
      return `process_${isQuestion ? "question" : incoming.kind}`;
    },

    arrived({ update: { callback_query } }) {
      if (callback_query) telegram.acknowledge(callback_query.id);
    },

    async giveUp(current) {
      const address = addressOf(current.update, current);
      if (!address) return;
      const exchange = await openExchange(address, deps);
      const markdown = content.translate(exchange.language, "error.apology");
      await telegram.record(replySends(exchange, [{ markdown }], telegram.format, APOLOGY_STEP));
    },
  };
}
