import type { Config } from "../config/index.ts";
import { AppError, type Clock, type Logger } from "../core/index.ts";
import type { Gaps } from "../operations/index.ts";
import type { KeptTrace, PerformanceMonitor, Snapshot } from "../performance/index.ts";
import { type ModelPreview, registerChatPage, type SandboxTelegram } from "../sandbox/index.ts";
import { createDatabaseProbe, type Store } from "../store/index.ts";
import {
  checkReadiness,
  createMetrics,
  problemsNow,
  type Readiness,
  registerDashboard,
  registerHealth,
  registerMetrics,
  registerWebhook,
  startWebServer,
  type WebhookRouteOptions,
} from "../web/index.ts";
import type { UpdatePath } from "./pipeline.ts";

/** The parts that the web pages show. */
export interface WebPageParts {
  monitor: PerformanceMonitor;
  store: Store;
  databaseUri: string;
  /** The simulated Telegram, whose chat page is served too. */
  telegram: SandboxTelegram | undefined;
  /** The simulated model that the chat page switches. */
  preview: ModelPreview | undefined;
  /** The name of this instance among several. */
  instance: string | undefined;
  /** What people asked the library and did not get. */
  gaps(): Promise<Gaps>;
  /** The path of updates; undefined until it is open. */
  path(): WatchedPath | undefined;
}

type WatchedPath = Pick<
  UpdatePath,
  "lastPolledAt" | "intakeProblem" | "redisProblem" | "accept" | "oldestMs" | "outbox" | "operatorsProblem"
>;

/** The running web server. */
export interface WebPages {
  /** Such as `http://127.0.0.1:8080`. */
  url: string;
  /** The state of each part, as `/readyz` reports it. */
  readiness(): Promise<Readiness>;
  close(): Promise<void>;
}

/** Serves the dashboard, `/metrics`, `/healthz`, `/readyz` and, in the sandbox, the chat. */
export async function startWebPages(
  config: Pick<Config, "http" | "telegram">,
  parts: WebPageParts,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<WebPages> {
  const { monitor, store, databaseUri, telegram, preview, path } = parts;
  const { host, port, dashboardToken, trustedProxies } = config.http;
  const probe = createDatabaseProbe(databaseUri);
  const sources = {
    pingDatabase: probe.ping,
    lastPolledAt: () => path()?.lastPolledAt(),
    intakeProblem: () => path()?.intakeProblem() ?? null,
    redisProblem: () => path()?.redisProblem(),
    inboxAgeMs: () => path()?.oldestMs() ?? 0,
    outbox: () => path()?.outbox(),
    operatorsProblem: () => path()?.operatorsProblem() ?? null,
  };
  const webhook = webhookRoute(config.telegram.webhook, parts, { clock, logger });
  let checking: Promise<Readiness> | undefined;
  /** Concurrent requests share one check. */
  const readiness = (): Promise<Readiness> => {
    checking ??= checkReadiness(sources, clock).finally(() => {
      checking = undefined;
    });
    return checking;
  };
  try {
    const server = await startWebServer({
      host,
      port,
      clock,
      ...(dashboardToken === undefined ? {} : { token: dashboardToken }),
      trustedProxies,
      register(app) {
        if (webhook) registerWebhook(app, webhook);
        registerHealth(app, readiness);
        registerMetrics(app, createMetrics({ monitor, readiness }));
        registerDashboard(app, {
          clock,
          logger,
          monitor,
          gaps: parts.gaps,
          hasChat: telegram !== undefined,
          instance: parts.instance,
          problems: () => problemsNow(sources).map(({ part, problem }) => `${part}: ${problem}`),
          snapshots: (fromMs, toMs) => readSnapshots(store, fromMs, toMs),
          slowestTraces: (fromMs, toMs, limit) => readTraces(store, fromMs, toMs, limit),
        });
        if (telegram) registerChatPage(app, telegram, preview);
      },
    });
    return { url: server.url, readiness, close: () => closeBoth(server.close, probe.close) };
  } catch (error) {
    await probe.close();
    throw error;
  }
}

/** The route of the webhook, if there is one; until the path of updates is open, Telegram is asked to try again. */
function webhookRoute(
  webhook: Config["telegram"]["webhook"],
  { path }: Pick<WebPageParts, "path">,
  deps: { clock: Clock; logger: Logger },
): WebhookRouteOptions | undefined {
  if (!webhook) return undefined;
  return {
    ...deps,
    path: new URL(webhook.url).pathname,
    secret: webhook.secret,
    async accept(update) {
      const opened = path();
      if (!opened) throw new AppError("Helpline is starting", { code: "STARTING", retryable: true });
      await opened.accept(update);
    },
  };
}

async function closeBoth(closeServer: () => Promise<void>, closeProbe: () => Promise<void>): Promise<void> {
  await closeServer();
  await closeProbe();
}

/** Parses one at a time, so that the reader can yield to the event loop in between. */
async function* readSnapshots(store: Store, fromMs: number, toMs: number): AsyncGenerator<Snapshot> {
  for (const { snapshot } of await store.performance.between(new Date(fromMs), new Date(toMs))) {
    yield JSON.parse(snapshot) as Snapshot;
  }
}

async function readTraces(store: Store, fromMs: number, toMs: number, limit: number): Promise<KeptTrace[]> {
  const records = await store.performance.slowestTraces(new Date(fromMs), new Date(toMs), limit);
  return records.map(({ trace }) => JSON.parse(trace) as KeptTrace);
}
