import type { TextKey } from "../../content/index.ts";
import type { Clock } from "../../core/index.ts";
import type { BroadcastContent, BroadcastRecord, BroadcastStore, PeopleStore } from "../../store/index.ts";
import type { InlineKeyboardMarkup } from "../../telegram/index.ts";
import type { ChatMoves } from "../chat-moves.ts";
import type { Exchange } from "../exchange.ts";
import type { Commands, Feature, Press } from "../feature.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import { RELAY_STEP, type Reply } from "../replies.ts";
import type { BroadcastRunner } from "./broadcast-runner.ts";

export interface BroadcastDeps {
  content: ConversationContent;
  broadcasts: BroadcastStore;
  people: PeopleStore;
  runner: Pick<BroadcastRunner, "wake">;
  telegram: Pick<ConversationTelegram, "record" | "format">;
  /** Whether the person may use operators' commands here. */
  moves: Pick<ChatMoves, "chatIdOf">;
  mayOperate(exchange: Exchange): boolean;
  /** Allocates the next sequence number. */
  nextSeq(): Promise<number>;
  clock: Clock;
}

/** `/broadcast`: a message to everyone who uses the bot in a private chat. It is previewed, and sent once confirmed. */
export function createBroadcast(deps: BroadcastDeps): Feature & Commands<"broadcast"> {
  const { content, broadcasts, people, runner, telegram, mayOperate, clock } = deps;
  const say = (language: string, key: TextKey, values?: Record<string, number>): string =>
    content.translate(language, key, values);

  function buttons(
    language: string,
    id: number,
    ...actions: readonly ("send" | "cancel" | "stop")[]
  ): InlineKeyboardMarkup {
    const button = (action: "send" | "cancel" | "stop") => [
      { text: say(language, `broadcast.${action}`), callback_data: `cast:${id}:${action}` },
    ];
    return { inline_keyboard: actions.map(button) };
  }

  async function draft(
    exchange: Exchange,
    draftContent: BroadcastContent,
    preview: Reply[],
  ): Promise<Reply[]> {
    const { seq, personId, chatId, chatKey, language } = exchange;
    const request = { _id: seq, operatorId: personId, chatId, chatKey, language, content: draftContent };
    await broadcasts.draft(request, new Date(clock.now()));
    const count = await people.audienceSize();
    const keyboard = buttons(language, seq, "send", "cancel");
    return [...preview, { markdown: say(language, "broadcast.confirm", { people: count }), keyboard }];
  }

  async function draftCopy(exchange: Exchange, messageId: number): Promise<Reply[]> {
    const { seq, chatId, chatKey } = exchange;
    const params = { chat_id: chatId, from_chat_id: chatId, message_id: messageId };
    await telegram.record([{ seq, step: RELAY_STEP, chatKey, chatId, method: "copyMessage", params }]);
    return draft(exchange, { kind: "copy", chatId, messageId }, []);
  }

  async function draftText(exchange: Exchange, markdown: string): Promise<Reply[]> {
    const [piece, ...more] = telegram.format(markdown);
    if (!piece || more.length > 0) return [{ markdown: say(exchange.language, "broadcast.too_long") }];
    return draft(exchange, { kind: "text", ...piece }, [{ markdown }]);
  }

  async function isDraftedIn({ chatId }: Exchange, id: number): Promise<boolean> {
    const broadcast = await broadcasts.find(id);
    return broadcast !== null && deps.moves.chatIdOf(broadcast.chatId) === chatId;
  }

  async function send({ language, seq }: Exchange, id: number, messageId: number): Promise<Reply[] | null> {
    const total = await people.audienceSize();
    const start = { startSeq: seq, sendSeq: await deps.nextSeq(), progressMessageId: messageId, total };
    const broadcast = await broadcasts.begin(id, start);
    if (broadcast?.state !== "sending")
      return broadcast?.startSeq === seq ? endOf(broadcast, messageId) : null;
    runner.wake();
    const progress = { done: 0, total: broadcast.total };
    return [
      {
        markdown: say(language, "broadcast.progress", progress),
        editsMessage: messageId,
        keyboard: buttons(language, id, "stop"),
      },
    ];
  }

  /** Of a broadcast that has ended before its confirmation was repeated after a crash. */
  function endOf({ state, sent, failed, language }: BroadcastRecord, messageId: number): Reply[] {
    if (state !== "ended") return []; // the cancellation was announced
    return [{ markdown: say(language, "broadcast.done", { sent, failed }), editsMessage: messageId }];
  }

  async function drop({ language, seq }: Exchange, id: number, messageId: number): Promise<Reply[] | null> {
    const broadcast = await broadcasts.end(id, "cancelled", seq);
    if (broadcast?.endSeq !== seq) return null;
    await broadcasts.endTold(id, new Date(clock.now()));
    const markdown =
      broadcast.sendSeq === undefined
        ? say(language, "broadcast.dropped")
        : say(language, "broadcast.cancelled", { sent: broadcast.sent });
    return [{ markdown, editsMessage: messageId }];
  }

  return {
    commands: {
      async broadcast(exchange, args) {
        if (!mayOperate(exchange)) return null;
        if (args !== "") return draftText(exchange, args);
        if (exchange.repliesTo !== undefined) return draftCopy(exchange, exchange.repliesTo);
        return [{ markdown: say(exchange.language, "broadcast.usage") }];
      },
    },
    presses: {
      async cast(exchange, { value, messageId }: Press) {
        if (!mayOperate(exchange)) return null;
        const [, id, action] = /^(\d+):(send|cancel|stop)$/.exec(value) ?? [];
        if (id === undefined || !(await isDraftedIn(exchange, Number(id)))) return null;
        return action === "send"
          ? send(exchange, Number(id), messageId)
          : drop(exchange, Number(id), messageId);
      },
    },
  };
}
