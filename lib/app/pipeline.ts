import { join } from "node:path";
import type { Answers } from "../answers/index.ts";
import type { Content } from "../content/index.ts";
import {
  type ControlsDeps,
  type ConversationTelegram,
  createControls,
  createConversation,
  createSummaries,
  type Operators,
} from "../conversation/index.ts";
import { type Clock, hashed, type Logger } from "../core/index.ts";
import { createInbox } from "../inbox/index.ts";
import { IncomingFiles, OutgoingFiles } from "../media/index.ts";
import type { PerformanceMonitor } from "../performance/index.ts";
import { isDatabaseOutage, type Store } from "../store/index.ts";
import {
  downloadFile,
  formatMarkdown,
  formatUnfinishedMarkdown,
  isTelegramOutage,
  LiveReplies,
  Outbox,
  outboxId,
  Poller,
  splitFormatted,
  type TelegramApi,
  type User,
} from "../telegram/index.ts";
import { countRefused, measureAnswers, measurePeople } from "./metrics.ts";

/** What an update passes through. */
export interface UpdatePathParts {
  api: TelegramApi;
  bot: User;
  content: Content;
  answers: Answers;
  /** Whether a model answers, rather than the library alone. */
  hasModel: boolean;
  operators: Operators;
  monitor: PerformanceMonitor;
  store: Store;
  maxConcurrentChats: number;
  folders: { data: string; media: string };
  /** What operators can ask for. */
  office: Pick<ControlsDeps, "statsPicture" | "reloadContent">;
  /** An answer waits for the model; slower than this it is worth a warning. */
  slowAnswerMs: number;
}

export interface UpdatePathDeps {
  clock: Clock;
  logger: Logger;
  random: () => number;
  onFatal(error: unknown): void;
}

/** How long chats, and then sends, in flight may take to finish at a stop. */
const FINISH_CHATS_MS = 10_000;
const FINISH_SENDS_MS = 3_000;

/** The operations that wait for the model, which takes its time. */
const ASKS_MODEL: ReadonlySet<string> = new Set(["process_question", "process_media"]);

/** The way of an update, once open. */
export interface UpdatePath {
  /** When Telegram last answered: a poll, or before the first one the question who the bot is; epoch milliseconds. */
  lastPolledAt(): number;
  /** The age of the oldest update that is not settled, in milliseconds. */
  oldestMs(): number;
  /** Makes messages durable that no update caused; they are delivered in the order of their chat. */
  record: Outbox["record"];
  /** Ends it in the order in which updates travel. */
  close(): Promise<void>;
}

/** Opens the way of an update: poller, inbox, conversation, outbox. First goes on what an earlier run left. */
export async function openUpdatePath(parts: UpdatePathParts, deps: UpdatePathDeps): Promise<UpdatePath> {
  const {
    api,
    bot,
    content,
    answers,
    hasModel,
    monitor,
    store,
    maxConcurrentChats,
    slowAnswerMs,
    folders,
    office,
  } = parts;
  const operators = { ...parts.operators };
  const { clock, logger } = deps;
  const botId = bot.id;
  const onBlocked = (chatId: number): void => {
    if (chatId > 0) noteBlocked(store, chatId, logger);
  };
  /** Ends what is done behind people's backs; it can be done another time. */
  const closing = new AbortController();
  const files = new IncomingFiles({
    clock,
    logger,
    folder: join(folders.data, "incoming", String(botId)),
    download: (fileId, options) => downloadFile(api, fileId, options),
    maxBytes: () => content.bot.limits.incomingFileMb * 1024 * 1024,
  });
  const outbox = new Outbox({
    ...deps,
    api,
    store: store.outbox,
    botId,
    files: new OutgoingFiles({ folder: folders.media, botId, fileIds: store.mediaFiles, clock, logger }),
    onBlocked,
    onMoved(fromChatId, toChatId) {
      if (fromChatId === parts.operators.chatId) {
        logger.warn(`The operators' chat is a supergroup now. Set OPERATORS_CHAT_ID=${toChatId}`);
      }
      conversation
        .moveChat(fromChatId, toChatId)
        .catch((error: unknown) => logger.warn("A moved group was not noted", { error }));
    },
  });
  const telegram = telegramFor(api, outbox, store.outbox, { clock, logger });
  const controls = createControls({
    ...office,
    botId,
    content,
    store,
    operators,
    telegram,
    settled: (id) => outbox.settled(id),
    clock,
    logger,
  });
  const conversation = createConversation({
    bot: { id: botId, username: bot.username ?? "" },
    content,
    conversations: store.conversations,
    people: store.people,
    answers: { ...answers, answer: measureAnswers(monitor, answers) },
    telegram,
    operators,
    controls,
    files,
    hasModel,
    onlookers: [
      createSummaries({ ...answers, conversations: store.conversations, logger, signal: closing.signal }),
    ],
    clock,
  });
  const notePerson = measurePeople(monitor, clock);
  const inbox = createInbox({
    ...deps,
    botId,
    maxConcurrentChats,
    store: store.updates,
    measure: (name, work) => monitor.measure(name, work, { slowMs: null }), // people take their time
    handle(current, turn) {
      const { update, chatKey, receivedAt, attempt } = current;
      notePerson(update);
      if (attempt === 1) monitor.record("mailbox.wait", clock.now() - receivedAt.getTime());
      const operation = conversation.operationOf(update);
      return monitor.trace(
        operation,
        { update: update.update_id, chat: hashed(chatKey) },
        () => conversation.handle(current, turn),
        ASKS_MODEL.has(operation) ? { slowMs: slowAnswerMs } : {},
      );
    },
    refuses: countRefused(monitor, conversation.refuses),
    arrived: conversation.arrived,
    giveUp: conversation.giveUp,
    isOutage: (error) => isDatabaseOutage(error) || isTelegramOutage(error),
  });
  const poller = new Poller({ ...deps, api, accept: inbox.accept });
  monitor.gauge("inbox.waiting", () => inbox.stats().waiting);
  monitor.gauge("inbox.oldest_ms", () => inbox.stats().oldestMs);
  monitor.gauge("outbox.unsettled", () => outbox.stats().unsettled);
  monitor.gauge("outbox.paused_chats", () => outbox.stats().pausedChats);

  await files.clear();
  await outbox.recover();
  await controls.start();
  await inbox.start();
  const openedAt = clock.now();
  poller.start();

  return {
    lastPolledAt: () => poller.lastPolledAt ?? openedAt,
    oldestMs: () => inbox.stats().oldestMs,
    record: (sends) => outbox.record(sends),
    async close() {
      closing.abort();
      // Together, so that a poll which waits for room in the inbox is let go.
      await Promise.all([poller.stop(), inbox.stop(FINISH_CHATS_MS)]);
      await controls.stop();
      await outbox.stop(FINISH_SENDS_MS);
    },
  };
}

function telegramFor(
  api: TelegramApi,
  outbox: Outbox,
  store: Store["outbox"],
  { clock, logger }: Pick<UpdatePathDeps, "clock" | "logger">,
): ConversationTelegram {
  const liveReplies = new LiveReplies({ api, outbox, format: formatUnfinishedMarkdown, clock, logger });
  return {
    record: (sends) => outbox.record(sends),
    startLiveReply: (target) => liveReplies.start(target),
    acknowledge(callbackQueryId, text) {
      api
        .answerCallbackQuery({ callback_query_id: callbackQueryId, ...(text === undefined ? {} : { text }) })
        .catch((error: unknown) => logger.debug("A press was not acknowledged", { error }));
    },
    format: (markdown) => splitFormatted(formatMarkdown(markdown)),
    async sentMessage(seq, step) {
      const send = await store.find(outboxId({ seq, step }));
      return send?.messageId ?? null;
    },
  };
}

function noteBlocked(store: Store, personId: number, logger: Logger): void {
  store.people
    .noteBlocked(personId, true)
    .catch((error: unknown) => logger.warn("A blocked bot was not noted", { error }));
}
