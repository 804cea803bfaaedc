import type { InboxTurn, InboxUpdate } from "../inbox/index.ts";
import type { Risk } from "../risk/index.ts";
import type { PeopleStore } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import { createEndings } from "./commands/endings.ts";
import { createNudges } from "./commands/nudges.ts";
import { createSettings } from "./commands/settings.ts";
import { createWelcome } from "./commands/start.ts";
import { createTopics } from "./commands/topics.ts";
import type { Controls } from "./controls.ts";
import { type Address, addressOf, type Exchange, type Operators, openExchange } from "./exchange.ts";
import type { Feature, Turn } from "./feature.ts";
import { createFlows } from "./flows/index.ts";
import { type Bot, type Incoming, readUpdate } from "./incoming.ts";
import { createQuestionsInHand } from "./questions/active-questions.ts";
import { riskReplies } from "./questions/danger.ts";
import { createEdits } from "./questions/edits.ts";
import { joinParts } from "./questions/joined-parts.ts";
import { createMediaQuestions, type MediaQuestionDeps } from "./questions/media-questions.ts";
import { type AskQuestion, createQuestions, type QuestionDeps } from "./questions/questions.ts";
import { APOLOGY_STEP, FIRST_STEP, HELP_STEP, type Reply, replySends } from "./replies.ts";
import { createRouter } from "./router.ts";

export interface ConversationDeps extends Omit<QuestionDeps, "inHand"> {
  bot: Bot;
  people: PeopleStore;
  operators: Operators;
  controls: Controls;
  /** People's files. */
  files: MediaQuestionDeps["files"];
  /** Whether a model answers, rather than the library alone. */
  hasModel: boolean;
  /** Features that only look on. */
  onlookers?: readonly Feature[];
}

/** What the bot does about each update. */
export interface Conversation {
  /** Handles an update; may be repeated for the same one without a second effect. */
  handle(current: InboxUpdate, turn: InboxTurn): Promise<void>;
  /** The name an update's handling is measured under. */
  operationOf(update: Update): string;
  /** Whether an update is one of too many and goes by without a word; nothing is read or written for it. */
  refuses(current: InboxUpdate): boolean;
  /** Does at once what need not wait for the chat's order: acknowledges a press, ends a cancelled question. */
  arrived(current: InboxUpdate): void;
  /** Lets what was said in a group go on in the supergroup it became. */
  moveChat(fromChatId: number, toChatId: number): Promise<void>;
  /** Tells the person that their message could not be handled. */
  giveUp(current: InboxUpdate): Promise<void>;
}

/** What somebody waits for a reply to. */
const AWAITS_REPLY: ReadonlySet<Incoming["kind"]> = new Set([
  "command",
  "question",
  "media",
  "edit",
  "press",
]);

/**
 * So many turns that begin later go first at the model where more of the same chat waits behind a question: whoever sends
 * many at once would else be in everybody's way with each. Few enough that they never wait long for it.
 */
const LETS_BY = 20;

/** What nobody says. */
const GOES_UNCOUNTED: readonly Incoming["kind"][] = ["none", "blocked", "moved"];

export function createConversation(deps: ConversationDeps): Conversation {
  const { bot, content, telegram, answers, controls, operators } = deps;
  const { doorkeeper } = controls;
  const inHand = createQuestionsInHand(bot);
  const answerQuestion = createQuestions({ ...deps, inHand });

  /** Answers a question; beyond the day's limit it says so. */
  const askWithinLimit: AskQuestion = async (exchange, asked, turn) =>
    (await controls.refuseQuestion(exchange)) ?? answerQuestion(exchange, asked, turn);

  /** Answers a question, and adds what the features have to say below it. */
  const ask: AskQuestion = async (exchange, asked, turn) => {
    const refusal = await controls.refuseQuestion(exchange);
    if (refusal) return refusal;
    const replies = await answerQuestion(exchange, asked, turn);
    // No rating and no step of a guide below a call for help, nor where nothing was answered.
    if (turn.isInDanger || inHand.wasWithdrawn(exchange)) return replies;
    for (const feature of features) replies.push(...((await feature.answered?.(exchange, turn)) ?? []));
    return replies;
  };

  const topics = createTopics(content);
  const flows = createFlows({
    ...deps,
    ask: askWithinLimit,
    openTopic: topics.open,
    handOver: controls.handOver,
  });
  const mediaQuestions = createMediaQuestions({ ...deps, ask });
  const features: readonly Feature[] = [
    ...controls.features,
    flows.feature,
    createWelcome({ ...deps, ask, flows }),
    createEndings({ ...deps, flows, inHand }),
    topics,
    createSettings({ ...deps, flows, runCommand: (...command) => router.runCommand(...command) }),
    createNudges(content),
    mediaQuestions,
    ...(deps.onlookers ?? []),
  ];
  const router = createRouter({ ...deps, features, ask });
  const answerEdit = createEdits({ ...deps, ask, askAboutFile: mediaQuestions.messages });
  /** How many updates had their turn. */
  let turns = 0;

  async function handle(current: InboxUpdate, inboxTurn: InboxTurn): Promise<void> {
    turns += 1;
    const turn = turns;
    const first = readUpdate(current.update, bot);
    const whole =
      first.kind === "question" || first.kind === "media"
        ? await joinParts(current, inboxTurn)
        : { ...current, parts: first.kind === "edit" ? [first.message] : [], lastSeq: current.seq };
    const incoming = whole.parts.length > 1 ? readUpdate(whole.update, bot) : first;
    const address = addressOf(whole.update, current);
    const order = turn + (inHand.hasNewer(current.chatKey, whole.lastSeq) ? LETS_BY : 0);
    if (incoming.kind === "blocked") await controls.noteBlocked(incoming, current.seq);
    else if (incoming.kind === "moved") await moveChat(incoming.fromChatId, incoming.toChatId);
    else if (incoming.kind !== "none" && address)
      await converse(address, incoming, { ...inboxTurn, order, parts: whole.parts });
    inHand.settled(current.chatKey, whole.lastSeq);
  }

  function moveChat(fromChatId: number, toChatId: number): Promise<void> {
    if (operators.chatId === fromChatId) operators.chatId = toChatId;
    return deps.conversations.moveChat(`chat:${fromChatId}`, `chat:${toChatId}`, new Date(deps.clock.now()));
  }

  /** Who is in danger and writes in many short messages is heard beyond the limit, too. */
  function callsForHelp(address: Address, incoming: Incoming): boolean {
    return doorkeeper.helps(address, () => riskOf(incoming, content.bot.defaultLanguage) !== null);
  }

  /** Replies first, then does what must come after: a repetition from any point sends and changes the same. */
  async function converse(
    address: Address,
    incoming: Incoming,
    turn: Omit<Turn, "isInDanger" | "afterwards" | "sendMeanwhile">,
  ): Promise<void> {
    const isCallForHelp = callsForHelp(address, incoming);
    if (doorkeeper.ignores(address) && !isCallForHelp) return;
    const exchange = await openExchange(address, deps);
    if (!(await doorkeeper.admits(exchange, incoming))) {
      const isLeftAlone = exchange.person?.barred !== undefined || (await controls.isErased(exchange));
      if (isCallForHelp && !isLeftAlone) await helpInDanger(exchange, incoming);
      return;
    }
    const effects: (() => Promise<unknown>)[] = [];
    const send = async (replies: readonly Reply[]): Promise<void> => {
      if (replies.length === 0) return;
      const isQuoting =
        exchange.isQuoting || incoming.kind === "edit" || inHand.hasNewer(exchange.chatKey, exchange.seq);
      await telegram.record(replySends({ ...exchange, isQuoting }, replies, telegram.format));
    };
    const isInDanger = await helpInDanger(exchange, incoming);
    const replies = await respond(exchange, incoming, {
      ...turn,
      isInDanger,
      afterwards: (effect) => effects.push(effect),
      sendMeanwhile: send,
    });
    await send(replies);
    for (const effect of effects) await effect();
  }

  async function respond(exchange: Exchange, incoming: Incoming, turn: Turn): Promise<Reply[]> {
    if (incoming.kind !== "edit") return router.respond(exchange, incoming, turn);
    return (
      (await controls.passEdit(exchange, incoming.message, turn)) ?? answerEdit(exchange, incoming, turn)
    );
  }

  function riskOf(incoming: Incoming, language: string): Risk | null {
    if (!("message" in incoming)) return null;
    const { text, caption } = incoming.message;
    return answers.checkRisk(text ?? caption ?? "", language);
  }

  /** Whatever a message is for, what sounds like danger gets the operator's help text at once; says whether it did. */
  async function helpInDanger(exchange: Exchange, incoming: Incoming): Promise<boolean> {
    const risk = riskOf(incoming, exchange.language);
    if (!risk) return false;
    const replies = riskReplies(exchange, risk, deps);
    await telegram.record(replySends(exchange, replies, telegram.format, HELP_STEP));
    return true;
  }

  return {
    handle,
    moveChat,

    refuses(current) {
      const incoming = readUpdate(current.update, bot);
      const address = addressOf(current.update, current);
      if (!address || GOES_UNCOUNTED.includes(incoming.kind)) return false;
      if (!doorkeeper.ignores(address) || callsForHelp(address, incoming)) return false;
      inHand.settled(current.chatKey, current.seq);
      return true;
    },

    operationOf(update) {
      const incoming = readUpdate(update, bot);
      const isQuestion =
        incoming.kind === "edit" || (incoming.kind === "press" && incoming.data?.startsWith("ask:"));
      return `process_${isQuestion ? "question" : incoming.kind}`;
    },

    arrived(current) {
      const { callback_query } = current.update;
      if (callback_query) telegram.acknowledge(callback_query.id);
      inHand.arrived(current);
    },

    async giveUp(current) {
      inHand.settled(current.chatKey, current.seq);
      const address = addressOf(current.update, current);
      if (!address || !AWAITS_REPLY.has(readUpdate(current.update, bot).kind)) return;
      const exchange = await openExchange(address, deps);
      const apology: Reply = {
        markdown: content.translate(exchange.language, "error.apology"),
        // Of an answer that was sent nothing is taken away.
        replacesPreview: (await telegram.sentMessage(exchange.seq, FIRST_STEP)) === null,
      };
      await telegram.record(replySends(exchange, [apology], telegram.format, APOLOGY_STEP));
    },
  };
}
