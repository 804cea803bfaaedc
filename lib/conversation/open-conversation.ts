import type { Job, RunAlone } from "../cluster/index.ts";
import type { Clock, Logger, Pseudonym } from "../core/index.ts";
import type { FailedSend, SentSend } from "../telegram/index.ts";
import { createAdmission } from "./admission/admission.ts";
import { Limits } from "./admission/limits.ts";
import { createBackgroundWork } from "./background-work.ts";
import type { ChatMoves } from "./chat-moves.ts";
import { createEndings } from "./commands/endings.ts";
import { createHistory } from "./commands/history.ts";
import { type CommandName, withoutPersonButton } from "./commands/menu.ts";
import { createNudges } from "./commands/nudges.ts";
import { createSettings } from "./commands/settings.ts";
import { createWelcome } from "./commands/start.ts";
import { createTopics } from "./commands/topics.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import type { Operators } from "./exchange.ts";
import type { CommandHandler, Feature } from "./feature.ts";
import { createFlows } from "./flows/index.ts";
import { createHandover } from "./handover/handover.ts";
import { startSilenceWatch } from "./handover/silence.ts";
import type { Bot } from "./incoming/incoming.ts";
import { type OpenOperatorsDeps, openOperators } from "./operators/open-operators.ts";
import type {
  ConversationAnswers,
  ConversationContent,
  ConversationStores,
  ConversationTelegram,
} from "./ports.ts";
import { createErasures } from "./privacy/erasures.ts";
import { createOwnData } from "./privacy/own-data.ts";
import { startRetention } from "./privacy/retention.ts";
import { createDanger } from "./questions/danger.ts";
import { createRatings } from "./questions/follow-ups/ratings.ts";
import { SuggestionTaps } from "./questions/follow-ups/suggestion-taps.ts";
import { type OpenQuestionsDeps, openQuestions } from "./questions/open-questions.ts";
import { createRouter } from "./router.ts";

/** What the conversation is built from. */
export interface ConversationDeps {
  bot: Bot;
  content: ConversationContent;
  store: ConversationStores;
  answers: ConversationAnswers;
  /** Whether a model answers, rather than the library alone. */
  hasModel: boolean;
  /** An answer waits for the model; from this duration on, in milliseconds, it is slow. */
  slowAnswerMs: number;
  telegram: ConversationTelegram;
  outbox: OpenOperatorsDeps["outbox"];
  /** People's files. */
  files: OpenQuestionsDeps["files"];
  operators: Operators;
  /** Who may use the bot, beside operators; none: everybody. */
  allowedUserIds?: readonly number[];
  moves: ChatMoves;
  probeChat: OpenOperatorsDeps["probeChat"];
  operatorTools: Pick<OpenOperatorsDeps, "statsPicture" | "reloadContent">;
  /** Where there are several instances; without it, this one does everything. */
  instances?: { runAlone: RunAlone };
  /** Features that only look on. */
  observers?: readonly Feature[];
  pseudonym: Pseudonym;
  clock: Clock;
  logger: Logger;
}

export interface OpenConversation extends Conversation {
  /** Resumes unfinished work of the previous run, and starts the background jobs. */
  start(): Promise<void>;
  /** Ends the background jobs. */
  stop(): Promise<void>;
  /** Reacts to a send that became a message, so that a reply to it finds what it is about. */
  onSent(sent: SentSend): Promise<void>;
  /** Reacts to a send that failed for good, so that its sender or the operators learn of it. */
  onFailed(failed: FailedSend): Promise<void>;
  /** Why operators do not see what they must see; null when all is well. */
  operatorsProblem(): string | null;
}

/** Builds the features and what they share, and puts them together. */
export function openConversation(deps: ConversationDeps): OpenConversation {
  const { bot, store, answers, hasModel, telegram, operators, clock, logger } = deps;
  const content = operators.chatId === undefined ? withoutPersonButton(deps.content) : deps.content;
  const { people, conversations, personalHistory, personalData, handovers } = store;
  const nextSeq = (): Promise<number> => store.updates.nextSeq();
  const { runAlone, repeatedly, goOnWith } = createBackgroundWork(deps);

  // Who is let in, and what everyone shares.
  const erasures = createErasures({
    botId: bot.id,
    erasures: store.erasures,
    personalData,
    clock,
    logger,
  });
  const limits = new Limits({
    content,
    people,
    personalHistory,
    erasures: store.erasures,
    answers,
    operators,
    clock,
  });
  const admission = createAdmission({
    content,
    people,
    conversations,
    erasures,
    limits,
    telegram,
    allowedUserIds: deps.allowedUserIds ?? [],
    clock,
  });
  const handover = createHandover({
    content,
    handovers,
    people,
    operators,
    telegram,
    history: (...args) => conversations.history(...args),
    clock,
  });
  const { dangerReports, operatorsChat, broadcast, operatorCommands, startBroadcasts } = openOperators({
    ...deps.operatorTools,
    content,
    store,
    operators,
    telegram,
    outbox: deps.outbox,
    probeChat: deps.probeChat,
    moves: deps.moves,
    nextSeq,
    repeatedly,
    clock,
    logger,
  });
  const danger = createDanger({
    content,
    answers,
    operators,
    report: (heard) => dangerReports.hear(heard),
    offerPerson: handover.offer,
    telegram,
  });
  const ratings = createRatings({
    content,
    feedback: store.feedback,
    people,
    personalHistory,
    moves: deps.moves,
    telegram,
    answers,
    clock,
  });

  const { activeQuestions, ask, askPlainly, mediaQuestions, libraryChoice, answerEdit } = openQuestions({
    bot,
    content,
    conversations,
    telegram,
    answers,
    files: deps.files,
    danger,
    erasures,
    limits,
    ratings,
    handover,
    moves: deps.moves,
    features: () => features,
    clock,
  });

  // Guides and commands.
  const topics = createTopics(content);
  const flows = createFlows({
    content,
    conversations,
    people,
    operators,
    ask: askPlainly,
    openTopic: topics.open,
    handOver: handover.begin,
    clock,
  });
  const history = createHistory({ content, personalHistory, telegram });
  const ownData = createOwnData({
    content,
    personalData,
    erasures,
    handovers,
    tellForgotten: handover.tellForgotten,
    limits,
  });
  const welcome = createWelcome({
    bot,
    content,
    people,
    ask,
    flows,
    hasModel,
    answers,
    hasTeam: operators.chatId !== undefined,
  });
  const endings = createEndings({ content, conversations, people, flows, activeQuestions, clock });
  const settings = createSettings({
    content,
    people,
    flows,
    runCommand: (...command) => router.runCommand(...command),
  });

  /** Every command has a handler. A hand-over comes first, since a command may end it. */
  const commands: Record<CommandName, CommandHandler> = {
    ...welcome.commands,
    ...topics.commands,
    ...settings.commands,
    ...history.commands,
    ...ownData.commands,
    ...broadcast.commands,
    ...operatorCommands.commands,
    ...endings.commands,
    person: handover.commands.person,
    end: handover.commands.end,
    cancel: firstToReply(handover.commands.cancel, endings.commands.cancel),
    stop: firstToReply(handover.commands.stop, endings.commands.stop),
  };
  /** In the order in which they see a message. */
  const features: readonly Feature[] = [
    handover,
    ratings,
    history,
    ownData,
    broadcast,
    flows.feature,
    welcome,
    endings,
    topics,
    settings,
    libraryChoice,
    createNudges(content),
    mediaQuestions,
    ...(deps.observers ?? []),
  ];
  const router = createRouter({
    bot,
    content,
    operators,
    conversations,
    commands,
    features,
    ask,
    askAboutFile: mediaQuestions.messages,
  });

  const conversation = createConversation({
    bot,
    content,
    conversations,
    people,
    operators,
    telegram,
    moves: deps.moves,
    admission,
    activeQuestions,
    suggestionTaps: new SuggestionTaps(clock),
    danger,
    erasures,
    handover,
    router,
    answerEdit,
    slowAnswerMs: deps.slowAnswerMs,
    pseudonym: deps.pseudonym,
    clock,
  });
  const jobs: Job[] = [erasures, operatorsChat, dangerReports];

  return {
    ...conversation,

    async start() {
      jobs.push(
        await goOnWith("erasures", erasures.start),
        await goOnWith("danger reports", () => dangerReports.start()),
      );
      operatorsChat.start();
      jobs.push(
        runAlone("broadcasts", startBroadcasts),
        runAlone("retention", () =>
          startRetention({
            botId: bot.id,
            content,
            retention: store.retention,
            purgeDeleted: () => personalData.purge(),
            clock,
            logger,
          }),
        ),
        runAlone("silence", () => startSilenceWatch({ handovers, handover, nextSeq, clock, logger })),
      );
    },

    async stop() {
      await Promise.all(jobs.map(async (job) => job.stop()));
    },

    arrived(update) {
      conversation.arrived(update);
      if (update.address) operatorsChat.noteHeard(update.address.chatId);
    },

    onSent: handover.onSent,

    async onFailed(failed) {
      await operatorsChat.onFailed(failed);
      await handover.onFailed(failed);
    },

    operatorsProblem: () => dangerReports.problem ?? operatorsChat.problem,
  };
}

function firstToReply(first: CommandHandler, second: CommandHandler): CommandHandler {
  return async (exchange, args, turn) => (await first(exchange, args, turn)) ?? second(exchange, args, turn);
}
