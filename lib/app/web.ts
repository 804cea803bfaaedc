import type { Config } from "../config/index.ts";
import type { Clock, Logger } from "../core/index.ts";
import type { KeptTrace, PerformanceMonitor, Snapshot } from "../performance/index.ts";
import { registerChatPage, type SandboxTelegram } from "../sandbox/index.ts";
import { createDatabaseProbe, type Store } from "../store/index.ts";
import {
  checkReadiness,
  createMetrics,
  type Readiness,
  registerDashboard,
  registerHealth,
  registerMetrics,
  startWebServer,
} from "../web/index.ts";
import type { UpdatePath } from "./pipeline.ts";

/** What the web pages show. */
export interface WebPageParts {
  monitor: PerformanceMonitor;
  store: Store;
  databaseUri: string;
  /** The simulated Telegram, whose chat page is served too. */
  telegram: SandboxTelegram | undefined;
  /** The way of updates; undefined until it is open. */
  path(): Pick<UpdatePath, "lastPolledAt" | "oldestMs"> | undefined;
}

/** The web pages, being served. */
export interface WebPages {
  /** Such as `http://127.0.0.1:8080`. */
  url: string;
  /** How each part is, as `/readyz` says it. */
  readiness(): Promise<Readiness>;
  close(): Promise<void>;
}

/** Serves the dashboard, `/metrics`, `/healthz`, `/readyz` and, in the sandbox, the chat. */
export async function startWebPages(
  config: Pick<Config, "http">,
  parts: WebPageParts,
  deps: { clock: Clock; logger: Logger },
): Promise<WebPages> {
  const { monitor, store, databaseUri, telegram, path } = parts;
  const { clock } = deps;
  const { host, port, dashboardToken } = config.http;
  const probe = createDatabaseProbe(databaseUri);
  const sources = {
    pingDatabase: probe.ping,
    lastPolledAt: () => path()?.lastPolledAt(),
    inboxAgeMs: () => path()?.oldestMs() ?? 0,
  };
  let asked: Promise<Readiness> | undefined;
  /** However many ask at once, the database is asked once. */
  const readiness = (): Promise<Readiness> => {
    asked ??= checkReadiness(sources, clock).finally(() => {
      asked = undefined;
    });
    return asked;
  };
  try {
    const server = await startWebServer({
      host,
      port,
      clock,
      ...(dashboardToken === undefined ? {} : { token: dashboardToken }),
      register(app) {
        registerHealth(app, readiness);
        registerMetrics(app, createMetrics({ monitor, readiness }));
        registerDashboard(app, {
          ...deps,
          monitor,
          hasChat: telegram !== undefined,
          snapshots: (fromMs, toMs) => readSnapshots(store, fromMs, toMs),
          slowestTraces: (fromMs, toMs, limit) => readTraces(store, fromMs, toMs, limit),
        });
        if (telegram) registerChatPage(app, telegram);
      },
    });
    return { url: server.url, readiness, close: () => closeBoth(server.close, probe.close) };
  } catch (error) {
    await probe.close();
    throw error;
  }
}

async function closeBoth(closeServer: () => Promise<void>, closeProbe: () => Promise<void>): Promise<void> {
  await closeServer();
  await closeProbe();
}

/** One parsed at a time, so that whoever reads them can let others have their turn between. */
async function* readSnapshots(store: Store, fromMs: number, toMs: number): AsyncGenerator<Snapshot> {
  for (const { snapshot } of await store.performance.between(new Date(fromMs), new Date(toMs))) {
    yield JSON.parse(snapshot) as Snapshot;
  }
}

async function readTraces(store: Store, fromMs: number, toMs: number, limit: number): Promise<KeptTrace[]> {
  const records = await store.performance.slowestTraces(new Date(fromMs), new Date(toMs), limit);
  return records.map(({ trace }) => JSON.parse(trace) as KeptTrace);
}
