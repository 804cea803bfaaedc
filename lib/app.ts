import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Answers, checkGeminiKey, createAnswers, type GeminiOptions } from "./answers/index.ts";
import type { Config } from "./config/index.ts";
import { type Content, loadContent } from "./content/index.ts";
import { commandMenus, createConversation } from "./conversation/index.ts";
import {
  backoffMs,
  type Clock,
  errorMessage,
  hashed,
  type Logger,
  type Measure,
  OperatorError,
} from "./core/index.ts";
import { openDatabase } from "./database.ts";
import { createInbox, type Inbox } from "./inbox/index.ts";
import {
  createPerformanceMonitor,
  type PerformanceMonitor,
  startSnapshots,
  watchProcess,
} from "./performance/index.ts";
import { createSandboxTelegram, registerChatPage, type SandboxTelegram } from "./sandbox/index.ts";
import { isDatabaseOutage, openStore, type Store } from "./store/index.ts";
import {
  checkToken,
  createLiveReplies,
  createOutbox,
  createPoller,
  createTelegramApi,
  formatMarkdown,
  formatUnfinishedMarkdown,
  type Outbox,
  splitFormatted,
  type TelegramApi,
  type User,
} from "./telegram/index.ts";
import { startWebServer } from "./web/index.ts";
import type { Running } from "./welcome.ts";

/** What the program takes from its surroundings. */
export interface AppDeps {
  clock: Clock;
  logger: Logger;
  /** A number in [0, 1). */
  random: () => number;
  /** Called when the program cannot go on, such as when its token is revoked. */
  onFatal(error: unknown): void;
}

export interface App {
  /**
   * Starts everything, each part before those that need it.
   * @throws OperatorError for a mistake only the operator can mend
   */
  start(): Promise<Running>;
  /** Takes in nothing more, lets what is under way finish for 10 s, leaves the rest for the next start, closes all. */
  stop(): Promise<void>;
}

/** How long chats, and then sends, in flight may take to finish at a stop. */
const FINISH_CHATS_MS = 10_000;
const FINISH_SENDS_MS = 3_000;

/** An answer waits for the model; slower than this it is worth a warning. */
const SLOW_ANSWER_MS = 10_000;

/** The simulated bot's id and its token, which opens nothing. */
const SANDBOX_TOKEN = "7000000001:sandbox";

/** Wires the parts together; what they do is theirs to decide. */
export function createApp(config: Config, deps: AppDeps): App {
  const { clock, logger, random } = deps;
  const closers: (() => Promise<void>)[] = [];
  const stopping = new AbortController();

  async function start(): Promise<Running> {
    const content = await loadContent(config.folders.content, {
      onMistake: (message) => logger.error(message),
    });
    const monitor = createPerformanceMonitor({ ...config.performance, logger });
    const database = await openDatabase(config, { clock, logger });
    closers.push(database.close);
    stopping.signal.throwIfAborted();
    const store = await startStore(database.uri, monitor);
    startMeasuring(monitor, store);

    const sandbox = config.telegram.token === undefined ? await startSandbox(store) : null;
    const web = await startWeb(sandbox?.telegram);
    const api = startApi(sandbox?.apiRoot, monitor);
    const [bot, gemini] = await Promise.all([reachTelegram(api), checkGemini()]);
    stopping.signal.throwIfAborted();
    const answers = startAnswers(content, gemini.options, monitor);
    await startConversation({
      api,
      bot,
      content,
      answers,
      hasModel: gemini.options !== undefined,
      monitor,
      store,
    });
    void publishMenus(api, content);

    return {
      bot: { username: bot.username ?? bot.first_name },
      isSandbox: sandbox !== null,
      model: gemini.options?.model ?? null,
      ...(gemini.problem === undefined ? {} : { modelProblem: gemini.problem }),
      dataFolder: database.folder ?? null,
      pages: { languages: content.bot.languages, passages: content.passages.length },
      url: web,
    };
  }

  async function startStore(uri: string, monitor: PerformanceMonitor): Promise<Store> {
    const { database, maxPoolSize, minPoolSize } = config.mongodb;
    const store = await openStore({
      uri,
      database,
      maxPoolSize,
      minPoolSize,
      clock,
      onCommand: (command, durationMs, errorCode) =>
        monitor.record(`mongodb.${command}`, durationMs, errorCode === undefined ? {} : { errorCode }),
      measure: (name, work) => monitor.measure(name, work, { part: "mongo" }),
    });
    closers.push(store.close);
    return store;
  }

  function startMeasuring(monitor: PerformanceMonitor, store: Store): void {
    const watch = watchProcess(monitor);
    monitor.gauge("mongodb.pool.connections", () => store.pool().connections);
    monitor.gauge("mongodb.pool.in_use", () => store.pool().inUse);
    monitor.gauge("mongodb.pool.waiting", () => store.pool().waiting);
    const snapshots = startSnapshots({
      monitor,
      store: {
        save: (snapshot) =>
          store.performance.save({
            _id: snapshot.id,
            minute: new Date(snapshot.fromMs),
            snapshot: JSON.stringify(snapshot),
          }),
      },
      clock,
      instance: `${hashed(hostname())}-${randomUUID().slice(0, 8)}`,
      logger,
    });
    closers.push(async () => {
      watch.stop();
      await snapshots.stop();
    });
  }

  async function startSandbox(store: Store): Promise<{ telegram: SandboxTelegram; apiRoot: string }> {
    const telegram = createSandboxTelegram({
      token: SANDBOX_TOKEN,
      storage: store.sandbox,
      callsKept: 100,
      clock,
      logger,
    });
    const { apiRoot } = await telegram.start();
    closers.push(telegram.stop);
    return { telegram, apiRoot };
  }

  async function startWeb(telegram: SandboxTelegram | undefined): Promise<string> {
    const { host, port, dashboardToken } = config.http;
    const web = await startWebServer({
      host,
      port,
      ...(dashboardToken === undefined ? {} : { token: dashboardToken }),
      ...(telegram ? { register: (app) => registerChatPage(app, telegram), home: "/chat" } : {}),
    });
    closers.push(web.close);
    return web.url;
  }

  function startApi(sandboxRoot: string | undefined, monitor: PerformanceMonitor): TelegramApi {
    const apiRoot = sandboxRoot ?? config.telegram.apiRoot;
    const api = createTelegramApi({
      token: config.telegram.token ?? SANDBOX_TOKEN,
      ...(apiRoot === undefined ? {} : { apiRoot }),
      measure: measureTelegram(monitor),
    });
    closers.push(async () => api.closeConnections());
    return api;
  }

  /** Waits until Telegram answers; a token it does not know ends the start. */
  async function reachTelegram(api: TelegramApi): Promise<User> {
    for (let attempt = 0; ; attempt += 1) {
      const check = await checkToken(api, stopping.signal);
      if (check.kind === "valid") return check.bot;
      logger.warn("Telegram cannot be reached; trying again", { reason: errorMessage(check.error) });
      await clock.sleep(backoffMs(attempt, { baseMs: 1_000, maxMs: 30_000, random }), stopping.signal);
    }
  }

  /** The model to use, if there is a key and it is good; a wrong one is named, and the library answers meanwhile. */
  async function checkGemini(): Promise<{ options?: GeminiOptions; problem?: string }> {
    const { apiKey, model, baseUrl, requestsPerMinute, tokensPerMinute, requestsPerDay } = config.gemini;
    if (apiKey === undefined) return {};
    if (requestsPerMinute ?? tokensPerMinute ?? requestsPerDay) {
      logger.warn("GEMINI_RPM, GEMINI_TPM and GEMINI_RPD are not kept yet; GEMINI_MAX_CONCURRENT is");
    }
    const options: GeminiOptions = { apiKey, model, ...(baseUrl === undefined ? {} : { baseUrl }) };
    try {
      await checkGeminiKey({ ...options, clock, logger });
      return { options };
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      logger.error(error.message);
      return { problem: error.message };
    }
  }

  function startAnswers(
    content: Content,
    gemini: GeminiOptions | undefined,
    monitor: PerformanceMonitor,
  ): Answers {
    const answers = createAnswers({
      passages: content.passages,
      persona: content.bot.persona,
      rules: content.bot.rules,
      ...(gemini ? { gemini: { ...gemini, maxConcurrent: config.gemini.maxConcurrent } } : {}),
      clock,
      random,
      logger,
      measure: monitor.measure,
    });
    monitor.gauge("gemini.in_flight", () => answers.stats().inFlight);
    monitor.gauge("gemini.queued", () => answers.stats().queued);
    closers.push(answers.close);
    return answers;
  }

  interface ConversationParts {
    api: TelegramApi;
    bot: User;
    content: Content;
    answers: Answers;
    hasModel: boolean;
    monitor: PerformanceMonitor;
    store: Store;
  }

  /** The way of an update: poller, inbox, conversation, outbox. */
  async function startConversation(parts: ConversationParts): Promise<void> {
    const { api, bot, content, answers, hasModel, monitor, store } = parts;
    const outbox = createOutbox({
      api,
      store: store.outbox,
      botId: bot.id,
      clock,
      logger,
      random,
      onBlocked: (chatId) => void noteBlocked(store, chatId),
    });
    closers.push(() => outbox.stop(FINISH_SENDS_MS));
    monitor.gauge("outbox.unsettled", () => outbox.stats().unsettled);
    monitor.gauge("outbox.paused_chats", () => outbox.stats().pausedChats);

    const conversation = createConversation({
      bot: { id: bot.id, username: bot.username ?? "" },
      content,
      conversations: store.conversations,
      people: store.people,
      answer: answers.answer,
      telegram: telegramFor(api, outbox),
      hasModel,
      clock,
    });
    const inbox = createInbox({
      botId: bot.id,
      maxConcurrentChats: config.maxConcurrentChats,
      store: store.updates,
      clock,
      logger,
      random,
      handle(current, turn) {
        const { update, chatKey, receivedAt, attempt } = current;
        if (attempt === 1) monitor.record("mailbox.wait", clock.now() - receivedAt.getTime());
        const operation = conversation.operationOf(update);
        return monitor.trace(
          operation,
          { update: update.update_id, chat: hashed(chatKey) },
          () => conversation.handle(current, turn),
          operation === "process_question" ? { slowMs: SLOW_ANSWER_MS } : {},
        );
      },
      arrived: conversation.arrived,
      giveUp: conversation.giveUp,
      isOutage: isDatabaseOutage,
    });
    monitor.gauge("inbox.waiting", () => inbox.stats().waiting);
    monitor.gauge("inbox.oldest_ms", () => inbox.stats().oldestMs);

    await outbox.recover();
    await inbox.start();
    startPolling(api, inbox);
  }

  function startPolling(api: TelegramApi, inbox: Inbox): void {
    const poller = createPoller({ api, accept: inbox.accept, clock, logger, random, onFatal: deps.onFatal });
    // Together, so that a poll which waits for room in the inbox is let go.
    closers.push(async () => {
      await Promise.all([poller.stop(), inbox.stop(FINISH_CHATS_MS)]);
    });
    poller.start();
  }

  function telegramFor(api: TelegramApi, outbox: Outbox) {
    return {
      record: outbox.record,
      startLiveReply: createLiveReplies({ api, outbox, format: formatUnfinishedMarkdown, clock, logger })
        .start,
      acknowledge(callbackQueryId: string, text?: string): void {
        const params = { callback_query_id: callbackQueryId, ...(text === undefined ? {} : { text }) };
        api
          .answerCallbackQuery(params, stopping.signal)
          .catch((error: unknown) => logger.debug("A press was not acknowledged", { error }));
      },
      format: (markdown: string) => splitFormatted(formatMarkdown(markdown)),
    };
  }

  async function noteBlocked(store: Store, chatId: number): Promise<void> {
    try {
      if (chatId > 0) await store.people.change(chatId, { blocked: true });
    } catch (error) {
      logger.warn("A blocked bot was not noted", { error });
    }
  }

  async function publishMenus(api: TelegramApi, content: Content): Promise<void> {
    try {
      for (const menu of commandMenus(content)) await api.setMyCommands(menu, stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) logger.warn("The command menu could not be set", { error });
    }
  }

  async function closeAll(): Promise<void> {
    for (let closer = closers.pop(); closer; closer = closers.pop()) {
      await closer().catch((error: unknown) => logger.error("A part did not stop cleanly", { error }));
    }
  }

  let starting: Promise<Running> | undefined;
  let closing: Promise<void> | undefined;

  /** Ends a start that is still under way first, so that nothing begins after it was closed. */
  async function stop(): Promise<void> {
    stopping.abort();
    await starting?.catch(() => undefined);
    await closeAll();
  }

  return {
    start() {
      starting = start();
      return starting;
    },
    stop() {
      closing ??= stop();
      return closing;
    },
  };
}

/** Telegram calls under their method's name; a long poll is never slow. */
function measureTelegram(monitor: PerformanceMonitor): Measure {
  return (name, work) =>
    monitor.measure(name, work, name === "telegram.getUpdates" ? { slowMs: null } : { part: partOf(name) });
}

/** In breakdowns all sends count together, as `telegram.send`. */
function partOf(name: string): string {
  return name.startsWith("telegram.send") ? "telegram.send" : name;
}
