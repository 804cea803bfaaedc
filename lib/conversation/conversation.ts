import type { Clock, Pseudonym } from "../core/index.ts";
import type { InboxTurn, InboxUpdate } from "../inbox/index.ts";
import type { ConversationStore, PeopleStore } from "../store/index.ts";
import type { Message } from "../telegram/index.ts";
import type { Admission } from "./admission/admission.ts";
import type { RateDecision } from "./admission/limits.ts";
import type { ChatMoves } from "./chat-moves.ts";
import { type Exchange, type Operators, openExchange } from "./exchange.ts";
import type { Turn } from "./feature.ts";
import type { Handover } from "./handover/handover.ts";
import type { Bot, Incoming } from "./incoming/incoming.ts";
import { type ParsedUpdate, parseUpdate } from "./incoming/parsed-update.ts";
import { monitorUpdate, type UpdateHandler, type UpdateTurn } from "./monitor-update.ts";
import type { ConversationContent, ConversationTelegram } from "./ports.ts";
import type { Erasures } from "./privacy/erasures.ts";
import type { ActiveQuestions } from "./questions/active-questions.ts";
import type { Danger } from "./questions/danger.ts";
import type { AnswerEdit } from "./questions/follow-ups/edits.ts";
import type { SuggestionTaps } from "./questions/follow-ups/suggestion-taps.ts";
import { joinParts } from "./questions/joined-parts.ts";
import { APOLOGY_STEP, FIRST_STEP, type Reply, replySends } from "./replies.ts";
import type { Router } from "./router.ts";

export interface ConversationParts {
  bot: Bot;
  content: ConversationContent;
  conversations: ConversationStore;
  people: PeopleStore;
  operators: Operators;
  telegram: ConversationTelegram;
  moves: ChatMoves;
  admission: Admission;
  activeQuestions: ActiveQuestions;
  suggestionTaps: SuggestionTaps;
  danger: Danger;
  erasures: Pick<Erasures, "isErased">;
  handover: Pick<Handover, "passEdit" | "endByBlock">;
  router: Router;
  answerEdit: AnswerEdit;
  /** An answer waits for the model; from this duration on, in milliseconds, it is slow. */
  slowAnswerMs: number;
  pseudonym: Pseudonym;
  clock: Clock;
}

/** What the bot does about each update. */
export interface Conversation {
  /** Parses an update once, when it arrives; the other methods take the result. */
  parse(update: InboxUpdate): ParsedUpdate;
  /** Does at once what need not wait for the chat's order: acknowledges a press, ends a cancelled question. */
  arrived(update: ParsedUpdate): void;
  /** Whether an update is above its sender's limit and ignored; nothing is read or written for it. */
  refuses(update: ParsedUpdate): boolean;
  /** Handles an update; may be repeated for the same one without a second effect. */
  handle(update: ParsedUpdate, turn: InboxTurn): Promise<void>;
  /** Tells the person that their message could not be handled. */
  giveUp(update: ParsedUpdate): Promise<void>;
  /** Carries what was said in a group over to the supergroup it became, for good. */
  moveChat(fromChatId: number, toChatId: number): Promise<void>;
}

/** Updates to which somebody expects a reply. */
const EXPECTS_REPLY: readonly Incoming["kind"][] = ["command", "question", "media", "edit", "press"];

/** Updates that are not messages. */
const NOT_RATE_LIMITED: readonly Incoming["kind"][] = ["none", "stopped", "unreadable", "blocked", "moved"];

/**
 * Priority penalty at the model for a chat with more messages queued, so that one busy chat cannot starve the others.
 * In places: small enough that its questions never wait long for it.
 */
const BUSY_CHAT_PENALTY = 20;
/** `/stats` reads a day's measurements and draws them, which takes seconds on a busy machine. */
const SLOW_STATS_MS = 10_000;

export function createConversation(parts: ConversationParts): Conversation {
  const { bot, content, people, conversations, telegram, moves, pseudonym, clock } = parts;
  const { admission, activeQuestions, suggestionTaps, danger, handover, router, answerEdit, erasures } =
    parts;
  /** How many updates had their turn. */
  let turns = 0;

  /**
   * Decided once per update, and carried with it; null for an update that is not limited. One that withdrew a question
   * takes its place: else neither of them would be answered.
   */
  function rateOf(update: ParsedUpdate): RateDecision | null {
    const { address, incoming, chatKey, seq } = update;
    if (!address || NOT_RATE_LIMITED.includes(incoming.kind)) return null;
    update.rate ??= admission.rate(address, () => danger.isHeardIn(incoming));
    if (update.rate.pace !== "fine" && activeQuestions.hasWithdrawn(chatKey, seq)) {
      update.rate = { ...update.rate, pace: "fine" };
    }
    return update.rate;
  }

  /** Waits for the rest of an album, or of a text that Telegram cut, and replies to the whole. */
  const converseWhole: UpdateHandler = async (update, turn) => {
    const { update: joined, parts: messages, lastSeq } = await joinParts(update, turn);
    const whole = messages.length > 1 ? parseUpdate({ ...update, update: joined }, bot) : update;
    const rate = rateOf(update);
    if (rate && whole.address) {
      update.rate = admission.rateWhole(rate, whole.address, () => danger.isHeardIn(whole.incoming));
    }
    await reply({ ...whole, ...(update.rate ? { rate: update.rate } : {}) }, messages, lastSeq, turn);
    activeQuestions.settled(update.chatKey, lastSeq);
  };

  const converse: UpdateHandler = (update, turn) => {
    const { incoming, seq } = update;
    return reply(update, incoming.kind === "edit" ? [incoming.message] : [], seq, turn);
  };

  /** Replies first, then does what must come after: a repetition from any point sends and changes the same. */
  async function reply(
    update: ParsedUpdate,
    messages: readonly Message[],
    lastSeq: number,
    updateTurn: UpdateTurn,
  ): Promise<void> {
    const { incoming } = update;
    const rate = rateOf(update);
    if (!update.address || !rate || isIgnored(rate)) return;
    const address = moves.follow(update.address);
    const penalty = activeQuestions.hasNewer(update.chatKey, lastSeq) ? BUSY_CHAT_PENALTY : 0;
    const exchange = await openExchange(address, parts);
    if (!(await admission.admits(exchange, incoming, rate))) {
      const isLeftAlone = exchange.person?.barred !== undefined || (await erasures.isErased(exchange));
      if (rate.isCallForHelp && !isLeftAlone) await danger.help(exchange, incoming);
      return;
    }
    const effects: (() => Promise<unknown>)[] = [];
    const send = async (replies: readonly Reply[]): Promise<void> => {
      if (replies.length === 0) return;
      const { chatKey, seq } = exchange;
      const isQuoting =
        exchange.isQuoting || incoming.kind === "edit" || activeQuestions.hasNewer(chatKey, seq);
      await telegram.record(replySends({ ...exchange, isQuoting }, replies, telegram.format));
    };
    const isInDanger = await danger.help(exchange, incoming);
    const replies = await respond(exchange, incoming, {
      ...updateTurn,
      order: updateTurn.order + penalty,
      penalty,
      parts: messages,
      isInDanger,
      afterwards: (effect) => effects.push(effect),
      sendMeanwhile: send,
    });
    await send(replies);
    for (const effect of effects) await effect();
  }

  async function respond(exchange: Exchange, incoming: Incoming, turn: Turn): Promise<Reply[]> {
    if (incoming.kind !== "edit") return router.respond(exchange, incoming, turn);
    const passed = await handover.passEdit(exchange, incoming.message, turn);
    return passed ?? answerEdit(exchange, incoming, turn);
  }

  const noteBlocked: UpdateHandler = async ({ incoming, seq }) => {
    if (incoming.kind !== "blocked") return;
    await people.noteBlocked(incoming.personId, incoming.isBlocked);
    if (incoming.isBlocked) await handover.endByBlock(incoming.personId, seq);
  };

  const followMove: UpdateHandler = async ({ incoming }) => {
    if (incoming.kind === "moved") await moveChat(incoming.fromChatId, incoming.toChatId);
  };

  moves.onMoved((fromChatId) => activeQuestions.moved(`chat:${fromChatId}`));

  /** The move first: by it, whatever is under the old id is found again. */
  async function moveChat(fromChatId: number, toChatId: number): Promise<void> {
    moves.heard(fromChatId, toChatId);
    await moves.note(fromChatId, toChatId);
    await conversations.moveChat(`chat:${fromChatId}`, `chat:${toChatId}`, new Date(clock.now()));
  }

  const asksModel = { slowMs: parts.slowAnswerMs };
  const processQuestion = monitorUpdate("process_question", pseudonym, asksModel)(converseWhole);
  /** Of an edit or a tapped suggestion, which never come in parts. */
  const processSingleQuestion = monitorUpdate("process_question", pseudonym, asksModel)(converse);
  const processMedia = monitorUpdate("process_media", pseudonym, asksModel)(converseWhole);
  const processCommand = monitorUpdate("process_command", pseudonym)(converseWhole);
  const processStats = monitorUpdate("process_stats", pseudonym, { slowMs: SLOW_STATS_MS })(converseWhole);
  const processPress = monitorUpdate("process_press", pseudonym)(converse);
  const processAdded = monitorUpdate("process_added", pseudonym)(converse);
  const processBlocked = monitorUpdate("process_blocked", pseudonym)(noteBlocked);
  const processMoved = monitorUpdate("process_moved", pseudonym)(followMove);
  /** Its effect was at its arrival: the question said so itself. */
  const processStopped = monitorUpdate("process_stopped", pseudonym)(async () => {});
  const processNothing = monitorUpdate("process_none", pseudonym)(async () => {});

  function handlerFor(incoming: Incoming): UpdateHandler {
    switch (incoming.kind) {
      case "question":
        return processQuestion;
      case "edit":
        return processSingleQuestion;
      case "media":
        return processMedia;
      case "command":
        return incoming.name === "stats" ? processStats : processCommand;
      case "press":
        return incoming.data?.startsWith("ask:") ? processSingleQuestion : processPress;
      case "added":
        return processAdded;
      case "blocked":
        return processBlocked;
      case "moved":
        return processMoved;
      case "stopped":
        return processStopped;
      case "none":
        return processNothing;
      case "unreadable":
        return failUnreadable;
    }
  }

  /** Forgets an update that has an outcome. */
  function settled(update: ParsedUpdate): void {
    activeQuestions.settled(update.chatKey, update.seq);
    suggestionTaps.settled(update);
  }

  return {
    parse: (update) => parseUpdate(update, bot),

    arrived(update) {
      const { incoming } = update;
      const { callback_query } = update.update;
      if (callback_query) telegram.acknowledge(callback_query.id);
      if (incoming.kind === "moved") moves.heard(incoming.fromChatId, incoming.toChatId);
      activeQuestions.arrived(update);
      update.isDoubleTap = suggestionTaps.arrived(update);
    },

    refuses(update) {
      const rate = rateOf(update);
      if (!rate || !isIgnored(rate)) return false;
      settled(update);
      return true;
    },

    async handle(update, turn) {
      turns += 1;
      const handler = update.isDoubleTap ? processNothing : handlerFor(update.incoming);
      await handler(update, { ...turn, order: turns });
      settled(update);
    },

    async giveUp(update) {
      const { seq, address, incoming } = update;
      settled(update);
      if (!address || !EXPECTS_REPLY.includes(incoming.kind)) return;
      const exchange = await openExchange(moves.follow(address), parts);
      const apology: Reply = {
        markdown: content.translate(exchange.language, "error.apology"),
        // If an answer was sent, it stays.
        replacesPreview: (await telegram.sentMessage(seq, FIRST_STEP)) === null,
      };
      await telegram.record(replySends(exchange, [apology], telegram.format, APOLOGY_STEP));
    },

    moveChat,
  };
}

function isIgnored({ pace, isCallForHelp }: RateDecision): boolean {
  return pace === "too-many" && !isCallForHelp;
}

/** Fails, so that the update is tried again and given up in the end. */
const failUnreadable: UpdateHandler = async ({ incoming }) => {
  if (incoming.kind === "unreadable") throw incoming.error;
};
