import { join } from "node:path";
import type { Answers } from "../answers/index.ts";
import type { Cluster } from "../cluster/index.ts";
import type { Config } from "../config/index.ts";
import type { Content } from "../content/index.ts";
import {
  ChatMoves,
  type ConversationDeps,
  type ConversationTelegram,
  createSummaries,
  type OpenConversation,
  type Operators,
  openConversation,
  type ParsedUpdate,
} from "../conversation/index.ts";
import type { Clock, Logger } from "../core/index.ts";
import type { InboxTurn } from "../inbox/index.ts";
import { IncomingFiles, OutgoingFiles } from "../media/index.ts";
import type { PerformanceMonitor } from "../performance/index.ts";
import { createOutageCheck, type Store } from "../store/index.ts";
import {
  acknowledgePress,
  downloadFile,
  formatMarkdown,
  formatUnfinishedMarkdown,
  isTelegramOutage,
  LiveReplies,
  Outbox,
  outboxId,
  probeChat,
  splitFormatted,
  type TelegramApi,
  type Update,
  type User,
} from "../telegram/index.ts";
import { homesOf, openOwnInbox, openSharedInbox } from "./instances/inboxes.ts";
import { followMovesElsewhere } from "./instances/moves-everywhere.ts";
import { acceptOneByOne, openIntake } from "./intake.ts";
import { countRefused, gaugeOutbox, measureAnswers, measurePeople } from "./metrics.ts";

/** The parts an update passes through. */
export interface UpdatePathParts {
  api: TelegramApi;
  bot: User;
  /** Telegram calls the bot; undefined: the bot polls Telegram. */
  webhook: Config["telegram"]["webhook"];
  content: Content;
  answers: Answers;
  /** Whether a model answers, rather than the library alone. */
  hasModel: boolean;
  operators: Operators;
  /** Who may use the bot, beside operators; none: everybody. */
  allowedUserIds: readonly number[];
  operatorTools: ConversationDeps["operatorTools"];
  monitor: PerformanceMonitor;
  store: Store;
  /** The other instances; missing where there is one. */
  cluster?: Cluster | undefined;
  maxConcurrentChats: number;
  folders: { data: string; media: string };
  /** An answer waits for the model; from this duration on, in milliseconds, it is slow. */
  slowAnswerMs: number;
}

export interface UpdatePathDeps {
  clock: Clock;
  logger: Logger;
  random: () => number;
  onFatal(error: unknown): void;
}

/** How long chats, and then sends, in progress may take to finish at a stop. */
const FINISH_CHATS_MS = 10_000;
const FINISH_SENDS_MS = 3_000;

/** The way of an update, once open. */
export interface UpdatePath {
  /** When Telegram last answered about updates, or before that `getMe`; monotonic milliseconds. */
  lastPolledAt(): number;
  /** Why updates do not come, as far as Telegram says; null when all is well. */
  intakeProblem(): string | null;
  /** What is wrong with Redis; null when all is well, undefined where there is one instance. */
  redisProblem(): string | null | undefined;
  /** Makes an update durable that Telegram brought to the webhook. */
  accept(update: Update): Promise<void>;
  /** The age of the oldest update that is not settled, in milliseconds. */
  oldestMs(): number;
  outbox: Outbox["stats"];
  /** Why operators do not see what they must see; null when all is well. */
  operatorsProblem(): string | null;
  /** The operators; their chat may have another id than in the settings. */
  operators: Operators;
  /** Makes messages durable that no update caused; they are delivered in the order of their chat. */
  record: Outbox["record"];
  /** Closes the parts in the order in which updates pass through them. */
  close(): Promise<void>;
}

/**
 * Opens the way of an update: intake, inbox, conversation, outbox. Resumes unfinished work of the previous run before
 * the first update.
 */
export async function openUpdatePath(parts: UpdatePathParts, deps: UpdatePathDeps): Promise<UpdatePath> {
  const { api, bot, content, answers, monitor, store, cluster, folders } = parts;
  const { clock, logger } = deps;
  const operators = { ...parts.operators };
  const moves = new ChatMoves({
    store: store.chatMoves,
    operators,
    announce(fromChatId, toChatId) {
      cluster?.announce({ kind: "moved", fromChatId, toChatId }).catch(() => {}); // they read it from the database
    },
    clock,
  });
  const botId = bot.id;
  /** Ends background work that can be done another time. */
  const closing = new AbortController();

  const files = new IncomingFiles({
    clock,
    logger,
    folder: join(folders.data, "incoming", String(botId), cluster?.instance ?? ""),
    download: (fileId, options) => downloadFile(api, fileId, options),
    maxBytes: () => content.bot.limits.incomingFileMb * 1024 * 1024,
  });
  const { pseudonym } = store;
  const outbox = new Outbox({
    ...deps,
    pseudonym,
    api,
    store: store.outbox,
    botId,
    files: new OutgoingFiles({ folder: folders.media, botId, fileIds: store.mediaFiles, clock, logger }),
    ...(cluster ? { homes: homesOf(cluster, (chatKey) => inbox.delivered(chatKey)) } : {}),
    hasReserve: (chatId) => chatId === operators.chatId,
    onBlocked(chatId) {
      if (chatId > 0) noteBlocked(store, chatId, logger);
    },
    onSent: (sent) => conversation.onSent(sent),
    onFailed: (failed) => conversation.onFailed(failed),
    onMoved: (fromChatId, toChatId) => conversation.moveChat(fromChatId, toChatId),
    chatIdOf: (chatId) => moves.chatIdOf(chatId),
    failureNotice: ({ chatId }) => undeliveredNotice(chatId, content, store, logger),
  });
  const conversation: OpenConversation = openConversation({
    bot: { id: botId, username: bot.username ?? "" },
    content,
    store,
    answers: { ...answers, answer: measureAnswers(monitor, answers, clock) },
    hasModel: parts.hasModel,
    slowAnswerMs: parts.slowAnswerMs,
    telegram: telegramFor(api, outbox, store.outbox, content, { clock, logger }),
    outbox,
    files,
    operators,
    moves,
    probeChat: (chatId, probe, signal) => probeChat(api, chatId, probe, signal),
    allowedUserIds: parts.allowedUserIds,
    operatorTools: parts.operatorTools,
    ...(cluster ? { instances: cluster } : {}),
    observers: [
      createSummaries({ ...answers, conversations: store.conversations, logger, signal: closing.signal }),
    ],
    pseudonym,
    clock,
    logger,
  });
  const isDatabaseOutage = createOutageCheck(clock);
  const notePerson = measurePeople(monitor, clock);
  const inboxOptions = {
    ...deps,
    pseudonym,
    botId,
    maxConcurrentChats: parts.maxConcurrentChats,
    store: store.updates,
    parse: conversation.parse,
    arrived: conversation.arrived,
    refuses: countRefused(monitor, conversation.refuses),
    handle(update: ParsedUpdate, turn: InboxTurn) {
      notePerson(update.update);
      return conversation.handle(update, turn);
    },
    giveUp: conversation.giveUp,
    isOutage: (error: unknown) => isDatabaseOutage(error) || isTelegramOutage(error),
  };
  const inbox = cluster ? openSharedInbox(inboxOptions, outbox, cluster) : openOwnInbox(inboxOptions, outbox);
  const accept = (updates: Update[]): Promise<void> => inbox.accept(updates);
  const intake = openIntake(parts.webhook, { ...deps, api, accept, instances: cluster });
  monitor.gauge("inbox.waiting", () => inbox.stats().waiting);
  monitor.gauge("inbox.oldest_ms", () => inbox.stats().oldestMs);

  gaugeOutbox(monitor, () => outbox.stats());
  monitor.gauge("operators.unreachable", () => Number(conversation.operatorsProblem() !== null));

  await moves.load();
  if (operators.chatId !== parts.operators.chatId) {
    logger.info(
      `The operators' chat became the supergroup ${operators.chatId}; OPERATORS_CHAT_ID may say so`,
    );
  }
  await (cluster ? files.clearAbandoned() : files.clear());
  await inbox.resume();
  await conversation.start();
  await inbox.start();
  const otherMoves = cluster && followMovesElsewhere(moves, cluster, deps);
  const openedAt = clock.monotonic();
  intake.start();

  return {
    lastPolledAt: () => intake.lastAnsweredAt() ?? openedAt,
    intakeProblem: intake.problem,
    redisProblem: () => cluster?.problem(),
    accept: acceptOneByOne(accept),
    oldestMs: () => inbox.stats().oldestMs,
    outbox: () => outbox.stats(),
    operatorsProblem: conversation.operatorsProblem,
    operators,
    record: (sends) => outbox.record(sends),
    async close() {
      closing.abort();
      // Together, so that a poll that waits for room in the inbox is released.
      await Promise.all([intake.stop(), inbox.stop(FINISH_CHATS_MS), otherMoves?.stop()]);
      await conversation.stop();
      await outbox.stop(FINISH_SENDS_MS);
      await inbox.leave();
      if (cluster) await files.clear(); // a folder of its own, which no later start knows
    },
  };
}

function telegramFor(
  api: TelegramApi,
  outbox: Outbox,
  store: Store["outbox"],
  content: Content,
  { clock, logger }: Pick<UpdatePathDeps, "clock" | "logger">,
): ConversationTelegram {
  const isKnownLink = (url: string): boolean => content.links.has(url);
  const liveReplies = new LiveReplies({
    api,
    outbox,
    format: (markdown) => formatUnfinishedMarkdown(markdown, isKnownLink),
    clock,
    logger,
  });
  return {
    record: (sends) => outbox.record(sends),
    startLiveReply: (target) => liveReplies.start(target),
    acknowledge(callbackQueryId, text) {
      const press = { callback_query_id: callbackQueryId, ...(text === undefined ? {} : { text }) };
      void acknowledgePress(api, press, { clock, logger });
    },
    format: (markdown) => splitFormatted(formatMarkdown(markdown, isKnownLink)),
    async sentMessage(seq, step) {
      const send = await store.find(outboxId({ seq, step }));
      return send?.messageId ?? null;
    },
  };
}

/** What a chat reads instead of a message that Telegram takes in no form. */
async function undeliveredNotice(
  chatId: number,
  content: Content,
  { people }: Pick<Store, "people">,
  logger: Logger,
): Promise<string> {
  const person =
    chatId > 0
      ? await people.find(chatId).catch((error: unknown) => {
          logger.warn("The language of a notice could not be read", { error });
          return null;
        })
      : null;
  const language = person?.language ?? content.bot.defaultLanguage;
  return formatMarkdown(content.translate(language, "error.undelivered")).text;
}

function noteBlocked(store: Store, personId: number, logger: Logger): void {
  store.people
    .noteBlocked(personId, true)
    .catch((error: unknown) => logger.warn("A blocked bot was not noted", { error }));
}
