import { join } from "node:path";
import { startAlerts } from "./alerts.ts";
import {
  type Answers,
  type AnswersMaterial,
  checkGeminiKey,
  createAnswers,
  type GeminiOptions,
  type LiveAnswers,
  openModelUsage,
} from "./answers/index.ts";
import type { Config } from "./config/index.ts";
import { type Content, createLiveContent, type LiveContent, loadContent } from "./content/index.ts";
import { commandMenus, operatorMenus } from "./conversation/index.ts";
import { backoffMs, type Clock, endsWithin, errorMessage, type Logger, OperatorError } from "./core/index.ts";
import { type Database, openDatabase } from "./database.ts";
import {
  gaugeModel,
  measureModel,
  measureStore,
  measureTelegram,
  observeDriver,
  startMeasuring,
} from "./measuring.ts";
import { createPerformanceMonitor, type PerformanceMonitor } from "./performance/index.ts";
import type { SandboxTelegram } from "./sandbox/index.ts";
import { createStatsPicture } from "./stats-picture.ts";
import { openStore, type Store } from "./store/index.ts";
import { checkToken, createTelegramApi, type TelegramApi, type User } from "./telegram/index.ts";
import { openUpdatePath, type UpdatePath } from "./update-path.ts";
import type { WebPages } from "./web-pages.ts";
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

/** The simulated bot's id and its token, which opens nothing. */
const SANDBOX_TOKEN = "7000000001:sandbox";

/** How long the way of updates may take to open before the pages are served without it, in milliseconds. */
const PAGES_AFTER_MS = 2_000;

/** What stands before an update can come in. */
interface StartedParts {
  live: LiveContent;
  monitor: PerformanceMonitor;
  store: Store;
  sandbox: { telegram: SandboxTelegram; apiRoot: string } | null;
  databaseUri: string;
  outside: Promise<Outside>;
}

/** Telegram, which has told who the bot is, and the model. */
interface Outside {
  api: TelegramApi;
  bot: User;
  gemini: GeminiCheck;
}

/** The model to use, if there is one; why there is none, if a key was given. */
interface GeminiCheck {
  options?: GeminiOptions;
  problem?: string;
}

/** Wires the parts together; what they do is theirs to decide. */
export function createApp(config: Config, deps: AppDeps): App {
  const { clock, logger, random } = deps;
  const closers: (() => Promise<void>)[] = [];
  const stopping = new AbortController();

  async function start(): Promise<Running> {
    const monitor = createPerformanceMonitor({ ...config.performance, logger });
    // The content takes computing, the others waiting.
    const outside = config.telegram.token === undefined ? undefined : reachOutside(undefined, monitor);
    const [live, { store, database }] = await bothOf(readContent(), startDatabase(monitor));
    const { content } = live;
    const sandbox = outside ? null : await startSandbox(store);
    const parts = {
      live,
      monitor,
      store,
      sandbox,
      databaseUri: database.uri,
      outside: outside ?? reachOutside(sandbox?.apiRoot, monitor),
    };
    let path: UpdatePath | undefined;
    const opening = openWay(parts).then((way) => {
      path = way.path;
      return way;
    });
    // The pages take long to load: they come after the first poll, unless Telegram keeps the bot waiting.
    await endsWithin(opening, PAGES_AFTER_MS, clock);
    const web = await startPages(parts, () => path).catch(async (error: unknown) => {
      stopping.abort();
      await opening.catch(() => undefined); // what it opened is to be closed
      throw error;
    });
    const { bot, gemini, ...way } = await opening;
    startAlarm(content, { monitor, store, web, ...way });

    return {
      bot: { username: bot.username ?? bot.first_name },
      isSandbox: sandbox !== null,
      model: gemini.options?.model ?? null,
      ...(gemini.problem === undefined ? {} : { modelProblem: gemini.problem }),
      dataFolder: database.folder ?? null,
      pages: { languages: content.bot.languages, passages: content.passages.length },
      url: web.url,
    };
  }

  /** All an update passes through, from Telegram to the answers; waits until Telegram answers. */
  async function openWay({ live, monitor, store, outside }: StartedParts) {
    const { content } = live;
    const { api, bot, gemini } = await outside;
    stopping.signal.throwIfAborted();
    const answers = await startAnswers(content, gemini.options, { monitor, store });
    const hasModel = gemini.options !== undefined;
    const { maxConcurrentChats, operators } = config;
    const { slowAnswerMs } = config.performance;
    const path = await openUpdatePath(
      {
        api,
        bot,
        content,
        answers,
        hasModel,
        operators,
        monitor,
        store,
        maxConcurrentChats,
        slowAnswerMs,
        folders: config.folders,
        office: {
          statsPicture: createStatsPicture({ content, monitor, store, clock, logger }),
          reloadContent: live.reload,
        },
      },
      deps,
    );
    closers.push(path.close);
    void publishMenus(api, content);
    live.onChange((changed) => {
      answers.takeOver(materialOf(changed));
      void publishMenus(api, changed);
    });
    return { bot, gemini, answers, path };
  }

  async function startPages(
    { monitor, store, sandbox, databaseUri }: StartedParts,
    path: () => UpdatePath | undefined,
  ): Promise<WebPages> {
    const { startWebPages } = await import("./web-pages.ts");
    const web = await startWebPages(
      config,
      { monitor, store, databaseUri, telegram: sandbox?.telegram, path },
      deps,
    );
    closers.push(web.close);
    return web;
  }

  /** What is known once Telegram and the model have answered. A failure counts where it is waited for. */
  function reachOutside(sandboxRoot: string | undefined, monitor: PerformanceMonitor): Promise<Outside> {
    const api = startApi(sandboxRoot, monitor);
    const reached = Promise.all([reachTelegram(api), checkGemini()]);
    const outside = reached.then(([bot, gemini]) => ({ api, bot, gemini }));
    outside.catch(() => undefined);
    return outside;
  }

  async function startDatabase(monitor: PerformanceMonitor): Promise<{ store: Store; database: Database }> {
    const database = await openDatabase(config, { clock, logger });
    closers.push(database.close);
    stopping.signal.throwIfAborted();
    const store = await startStore(database.uri, monitor);
    await store.performance.keepFor(config.performance.retentionDays);
    closers.push(startMeasuring(monitor, store, { clock, logger }));
    return { store, database };
  }

  async function readContent(): Promise<LiveContent> {
    const { content: folder, media: mediaFolder } = config.folders;
    return await createLiveContent(() =>
      loadContent(folder, { mediaFolder, onMistake: (message) => logger.error(message) }),
    );
  }

  async function startStore(uri: string, monitor: PerformanceMonitor): Promise<Store> {
    const { database, maxPoolSize, minPoolSize } = config.mongodb;
    const store = await openStore({
      uri,
      database,
      maxPoolSize,
      minPoolSize,
      clock,
      observer: observeDriver(monitor),
      measure: measureStore(monitor),
    });
    closers.push(store.close);
    return store;
  }

  async function startSandbox(store: Store): Promise<{ telegram: SandboxTelegram; apiRoot: string }> {
    const { createSandboxTelegram } = await import("./sandbox/index.ts");
    const telegram = createSandboxTelegram({
      token: SANDBOX_TOKEN,
      storage: store.sandbox,
      filesFolder: join(config.folders.data, "simulated-telegram"),
      callsKept: 100,
      clock,
      logger,
    });
    const { apiRoot } = await telegram.start();
    closers.push(telegram.stop);
    return { telegram, apiRoot };
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
  async function checkGemini(): Promise<GeminiCheck> {
    const { apiKey, model, baseUrl } = config.gemini;
    if (apiKey === undefined) return {};
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

  async function startAnswers(
    content: Content,
    gemini: GeminiOptions | undefined,
    { monitor, store }: { monitor: PerformanceMonitor; store: Store },
  ): Promise<LiveAnswers> {
    const { model } = config.gemini;
    const { cache } = content.bot;
    const budget = () => content.bot.budget;
    const usage = await openModelUsage({ store: store.usage, model, budget, clock, logger });
    const answers = createAnswers({
      ...materialOf(content),
      ...(gemini ? { gemini: { ...config.gemini, ...gemini } } : {}),
      usage,
      ...(cache.answersDays > 0 ? { cache: { store: store.answerCache, days: cache.answersDays } } : {}),
      clock,
      random,
      logger,
      measure: measureModel(monitor),
    });
    gaugeModel(monitor, answers.stats);
    closers.push(answers.close);
    return answers;
  }

  function startAlarm(
    content: Content,
    {
      monitor,
      store,
      answers,
      web,
      path,
    }: { monitor: PerformanceMonitor; store: Store; answers: Answers; web: WebPages; path: UpdatePath },
  ): void {
    const alerts = startAlerts(
      {
        content,
        monitor,
        chatId: config.operators.chatId,
        inboxAgeMs: path.oldestMs,
        model: answers.stats,
        isDatabaseAway: async () => (await web.readiness()).database !== "ok",
        nextSeq: store.updates.nextSeq,
        record: path.record,
      },
      deps,
    );
    closers.push(alerts.stop);
  }

  async function publishMenus(api: TelegramApi, content: Content): Promise<void> {
    try {
      for (const menu of commandMenus(content)) await api.setMyCommands(menu, stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) logger.warn("The command menu could not be set", { error });
    }
    for (const menu of operatorMenus(content, config.operators)) {
      // Telegram refuses the menu of a chat it has not seen the bot in yet.
      await api
        .setMyCommands(menu, stopping.signal)
        .catch((error: unknown) => logger.debug("An operators' menu could not be set", { error }));
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

/** Waits for both even when one fails, so that what the other opened can be closed. */
async function bothOf<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return await Promise.all([first, second]);
}

/** What the answers need of the content. */
function materialOf({ bot, passages, risks }: Content): AnswersMaterial {
  return { passages, persona: bot.persona, rules: bot.rules, risks };
}
