import type { LiveAnswers } from "../answers/index.ts";
import type { Cluster } from "../cluster/index.ts";
import type { Config } from "../config/index.ts";
import {
  type Content,
  createLiveContent,
  type LiveContent,
  loadContent,
  loadKeptContent,
} from "../content/index.ts";
import { publishMenus } from "../conversation/index.ts";
import { type Clock, endsWithin, type Logger, openLearntFiles } from "../core/index.ts";
import { createStatsPicture, readGaps } from "../operations/index.ts";
import {
  bindPerformanceMonitor,
  createPerformanceMonitor,
  type PerformanceMonitor,
} from "../performance/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { watchForAlerts } from "./alerts.ts";
import { learntFolderIn, materialOf, startAnswers } from "./answers.ts";
import type { Running } from "./banner.ts";
import { Closers } from "./closers.ts";
import { type Connections, connect, openApi, type Sandbox, startSandbox } from "./connections.ts";
import { type Database, openDatabase } from "./database.ts";
import { reloadEverywhere } from "./instances/reload-everywhere.ts";
import { newInstanceName, observeDriver, startMeasuring } from "./metrics.ts";
import { openUpdatePath, type UpdatePath } from "./pipeline.ts";
import { proxyFetch } from "./proxied-fetch.ts";
import type { Telemetry } from "./telemetry/index.ts";
import type { WebPages } from "./web.ts";

/** What the program takes from its environment. */
export interface AppDeps {
  clock: Clock;
  logger: Logger;
  /** A number in [0, 1). */
  random: () => number;
  /** A folder with what was learnt from the sample content when the program was built. */
  learntFolder?: string;
  /** Identifies the code that reads the content. Without it, every start reads and checks all of the content again. */
  contentReader?: string;
  /** Called when the program cannot go on, such as when its token is revoked. */
  onFatal(error: unknown): void;
}

export interface App {
  /**
   * Starts everything, each part before those that need it.
   * @throws OperatorError for a mistake that only the operator can fix
   */
  start(): Promise<Running>;
  /** Accepts no more updates, lets those in progress finish for 10 s, leaves the rest for the next start, closes all. */
  stop(): Promise<void>;
}

/** After this time the web pages are served even if the bot is not ready yet. */
const PAGES_AFTER_MS = 2_000;

/** What the dashboard's part on the library covers. */
const GAPS_DAYS = 30;

/** The parts that need neither Telegram nor a model. */
interface BaseParts {
  monitor: PerformanceMonitor;
  live: LiveContent;
  database: Database;
  store: Store;
}

/** The parts that need Telegram and the models. */
interface Bot extends Connections {
  answers: LiveAnswers;
  path: UpdatePath;
  /** The other instances, if there are to be any. */
  cluster: Cluster | undefined;
}

/** Wires the parts together; contains no behavior of its own. */
export function createApp(config: Config, deps: AppDeps): App {
  const { clock, logger, random, onFatal, contentReader: reader } = deps;
  const closers = new Closers(logger);
  const learntFiles = openLearntFiles(learntFolderIn(config.folders.data), logger, deps.learntFolder);
  const instance = newInstanceName();
  const stopping = new AbortController();

  async function start(): Promise<Running> {
    const monitor = startMonitor();
    closers.add(await proxyFetch(config.proxies));
    // Loading the content takes CPU time, the others wait: all three at once.
    const early = config.telegram.token === undefined ? undefined : openConnections(undefined);
    const [live, stored] = await bothOf(readContent(), startDatabase(monitor));
    const base = { monitor, live, ...stored };
    const sandbox = early ? null : await openSandbox(base.store);
    const connections = early ?? openConnections(sandbox?.apiRoot);

    let path: UpdatePath | undefined;
    const starting = startBot(base, connections, sandbox).then((bot) => {
      path = bot.path;
      return bot;
    });
    // The web pages take long to load: they are served once the bot can answer, or after a while.
    const gettingReady = starting.then(({ answers }) => answers.getReady());
    gettingReady.catch(() => undefined); // a start that failed also rejects `starting`, which is awaited below
    // Updates that come to a webhook need the pages.
    if (!config.telegram.webhook) {
      await endsWithin(gettingReady, PAGES_AFTER_MS, clock, stopping.signal);
    }
    const web = await startPages(base, sandbox, () => path).catch(async (error: unknown) => {
      stopping.abort();
      await starting.catch(() => undefined); // so that what it opened is closed
      throw error;
    });
    const bot = await starting;
    stopping.signal.throwIfAborted();
    const alerts = watchForAlerts({ ...base, ...bot, content: live.content, web }, { clock, logger });
    closers.add(() => alerts.stop());
    return describeRunning({ ...base, ...bot, sandbox, web }, config.folders.content);
  }

  function startMonitor(): PerformanceMonitor {
    const { mode, slowOperationMs } = config.performance;
    const monitor = createPerformanceMonitor({ mode, slowOperationMs, logger });
    closers.add(bindPerformanceMonitor(monitor));
    return monitor;
  }

  function openConnections(sandboxRoot: string | undefined): Promise<Connections> {
    const api = openApi(config, sandboxRoot);
    closers.add(() => api.closeConnections());
    return connect(config, { api, clock, logger, random, signal: stopping.signal });
  }

  async function readContent(): Promise<LiveContent> {
    const { content: folder, media: mediaFolder } = config.folders;
    const options = { mediaFolder, onMistake: (message: string) => logger.error(message) };
    return await createLiveContent(() =>
      reader === undefined
        ? loadContent(folder, options)
        : loadKeptContent(folder, options, { files: learntFiles, reader }),
    );
  }

  async function startDatabase(monitor: PerformanceMonitor): Promise<Pick<BaseParts, "database" | "store">> {
    const database = await openDatabase(config, { clock, logger });
    closers.add(database.close);
    stopping.signal.throwIfAborted();
    const { database: name, maxPoolSize, minPoolSize } = config.mongodb;
    const observer = observeDriver(monitor);
    const store = await openStore({
      uri: database.uri,
      database: name,
      maxPoolSize,
      minPoolSize,
      clock,
      observer,
      rewrite: database.rewrite,
      isShared: config.redis !== undefined,
    });
    closers.add(store.close);
    await store.performance.keepFor(config.performance.retentionDays);
    const telemetry = await openTelemetry(monitor);
    closers.add(startMeasuring(monitor, store, { clock, logger, instance, onTraces: telemetry?.sendTraces }));
    return { database, store };
  }

  /** Loads OpenTelemetry's packages, which take long, only where a collector is set. */
  async function openTelemetry(monitor: PerformanceMonitor): Promise<Telemetry | null> {
    const { telemetryUrl: url } = config;
    if (url === undefined) return null;
    const { startTelemetry } = await import("./telemetry/index.ts");
    const telemetry = startTelemetry({ url, instance, monitor, clock, logger });
    closers.add(telemetry.close);
    return telemetry;
  }

  async function openSandbox(store: Store): Promise<Sandbox> {
    const sandbox = await startSandbox(config, store, { clock, logger });
    closers.add(sandbox.telegram.stop);
    closers.add(async () => await sandbox.preview?.close());
    return sandbox;
  }

  /** Opens the path of an update, from Telegram to the answers; waits until Telegram responds. */
  async function startBot(
    { monitor, live, store }: BaseParts,
    connecting: Promise<Connections>,
    sandbox: Sandbox | null,
  ): Promise<Bot> {
    const { content } = live;
    const connections = await connecting;
    const { api, bot, models } = connections;
    stopping.signal.throwIfAborted();
    const cluster = await joinInstances(bot.id, store, monitor);
    const answers = await startAnswers(
      config,
      { content, models, preview: sandbox?.preview, monitor, store, modelLine: cluster?.modelLine },
      { clock, logger, random, learntFiles },
    );
    closers.add(answers.close);
    // Until it can answer at once, the others answer.
    if (cluster) await answers.openLibrary();
    const path = await openUpdatePath(
      {
        api,
        bot,
        webhook: config.telegram.webhook,
        content,
        answers,
        hasModel: models.length > 0,
        operators: sandbox?.operators ?? config.operators,
        allowedUserIds: config.allowedUserIds,
        monitor,
        store,
        cluster,
        maxConcurrentChats: config.maxConcurrentChats,
        slowAnswerMs: config.performance.slowAnswerMs,
        folders: config.folders,
        operatorTools: {
          statsPicture: createStatsPicture({ content, monitor, store, clock, logger }),
          reloadContent: cluster ? reloadEverywhere(live, cluster, { clock, logger }) : live.reload,
        },
      },
      { clock, logger, random, onFatal },
    );
    closers.add(path.close);
    followContent(live, api, answers, path.operators);
    return { ...connections, answers, path, cluster };
  }

  /** Joins the other instances, if there are to be any: what that needs is loaded only then. */
  async function joinInstances(
    botId: number,
    store: Store,
    monitor: PerformanceMonitor,
  ): Promise<Cluster | undefined> {
    if (!config.redis) return undefined;
    const { openCluster } = await import("../cluster/index.ts");
    const { database } = config.mongodb;
    const cluster = openCluster({
      redisUrl: config.redis.url,
      instance,
      botId,
      database,
      store,
      clock,
      logger,
    });
    closers.add(cluster.close);
    monitor.gauge("instances", cluster.count);
    return cluster;
  }

  /** Publishes the command menus, and passes on each reload of the content. */
  function followContent(
    live: LiveContent,
    api: Connections["api"],
    answers: LiveAnswers,
    operators: UpdatePath["operators"],
  ): void {
    const publish = (content: Content): void => {
      void publishMenus(content, { api, operators, logger, signal: stopping.signal });
    };
    publish(live.content);
    live.onChange((changed) => {
      void answers.setMaterial(materialOf(changed));
      publish(changed);
    });
  }

  async function startPages(
    { monitor, live, store, database }: BaseParts,
    sandbox: Sandbox | null,
    path: () => UpdatePath | undefined,
  ): Promise<WebPages> {
    stopping.signal.throwIfAborted();
    const { startWebPages } = await import("./web.ts");
    const gaps = () => readGaps(store.libraryUse, live.content.pages, { clock, days: GAPS_DAYS });
    stopping.signal.throwIfAborted();
    const web = await startWebPages(
      config,
      {
        monitor,
        store,
        databaseUri: database.uri,
        telegram: sandbox?.telegram,
        preview: sandbox?.preview,
        path,
        instance: config.redis ? instance : undefined,
        gaps,
      },
      { clock, logger },
    );
    closers.add(web.close);
    return web;
  }

  let starting: Promise<Running> | undefined;
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    stopping.abort();
    await starting?.catch(() => undefined); // so that nothing is opened after everything was closed
    await closers.closeAll();
  }

  return {
    start() {
      starting = start();
      return starting;
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function describeRunning(
  parts: BaseParts & Bot & { sandbox: Sandbox | null; web: WebPages },
  contentFolder: string,
): Running {
  const { live, database, bot, models, modelProblems, sandbox, web } = parts;
  const { content } = live;
  return {
    bot: { username: bot.username ?? bot.first_name },
    isSandbox: sandbox !== null,
    operatorsPage: sandbox?.operatorsPage,
    models: models.map(({ model }) => model.name),
    modelProblems: modelProblems.map(({ reason }) => reason),
    dataFolder: database.folder ?? null,
    contentFolder,
    pages: { languages: content.bot.languages, passages: content.passages.length },
    url: web.url,
  };
}

/** Waits for both even when one fails, so that what the other opened can be closed. */
async function bothOf<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return await Promise.all([first, second]);
}
