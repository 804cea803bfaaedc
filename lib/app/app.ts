import type { Answers } from "../answers/index.ts";
import type { Config } from "../config/index.ts";
import { type Content, createLiveContent, type LiveContent, loadContent } from "../content/index.ts";
import { publishMenus } from "../conversation/index.ts";
import { type Clock, endsWithin, type Logger } from "../core/index.ts";
import { createStatsPicture, startAlerts } from "../operations/index.ts";
import {
  bindPerformanceMonitor,
  createPerformanceMonitor,
  type PerformanceMonitor,
} from "../performance/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { materialOf, startAnswers } from "./answers.ts";
import type { Running } from "./banner.ts";
import { type Outside, openApi, reachOutside, type Sandbox, startSandbox } from "./connections.ts";
import { type Database, openDatabase } from "./database.ts";
import { observeDriver, startMeasuring } from "./metrics.ts";
import { openUpdatePath, type UpdatePath } from "./pipeline.ts";
import type { WebPages } from "./web.ts";

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

/** How long the way of updates may take to open before the pages are served without it, in milliseconds. */
const PAGES_AFTER_MS = 2_000;

/** What stands before an update can come in. */
interface StartedParts {
  live: LiveContent;
  monitor: PerformanceMonitor;
  store: Store;
  sandbox: Sandbox | null;
  databaseUri: string;
  outside: Promise<Outside>;
}

/** Wires the parts together; what they do is theirs to decide. */
export function createApp(config: Config, deps: AppDeps): App {
  const { clock, logger } = deps;
  const closers: (() => Promise<void>)[] = [];
  const stopping = new AbortController();

  async function start(): Promise<Running> {
    const monitor = createPerformanceMonitor({ ...config.performance, logger });
    const unbindMonitor = bindPerformanceMonitor(monitor);
    closers.push(async () => unbindMonitor());
    // The content takes computing, the others waiting.
    const outside = config.telegram.token === undefined ? undefined : reach(undefined);
    const [live, { store, database }] = await bothOf(readContent(), startDatabase(monitor));
    const { content } = live;
    const sandbox = outside ? null : await startSandbox(config, store, deps);
    if (sandbox) closers.push(sandbox.telegram.stop);
    const parts = {
      live,
      monitor,
      store,
      sandbox,
      databaseUri: database.uri,
      outside: outside ?? reach(sandbox?.apiRoot),
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
    stopping.signal.throwIfAborted();
    way.answers.getReady(); // neither the first poll nor the pages were to wait for it
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
    const answers = await startAnswers(config, { content, gemini: gemini.options, monitor, store }, deps);
    closers.push(answers.close);
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
        operatorTools: {
          statsPicture: createStatsPicture({ content, monitor, store, clock, logger }),
          reloadContent: live.reload,
        },
      },
      deps,
    );
    closers.push(path.close);
    const publish = (menus: Content) =>
      publishMenus(menus, { api, operators: config.operators, logger, signal: stopping.signal });
    void publish(content);
    live.onChange((changed) => {
      answers.setMaterial(materialOf(changed));
      void publish(changed);
    });
    return { bot, gemini, answers, path };
  }

  async function startPages(
    { monitor, store, sandbox, databaseUri }: StartedParts,
    path: () => UpdatePath | undefined,
  ): Promise<WebPages> {
    const { startWebPages } = await import("./web.ts");
    stopping.signal.throwIfAborted();
    const web = await startWebPages(
      config,
      { monitor, store, databaseUri, telegram: sandbox?.telegram, path },
      deps,
    );
    closers.push(web.close);
    return web;
  }

  function reach(sandboxRoot: string | undefined): Promise<Outside> {
    const api = openApi(config, sandboxRoot);
    closers.push(async () => api.closeConnections());
    return reachOutside(config, api, { ...deps, signal: stopping.signal });
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
    });
    closers.push(store.close);
    return store;
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
