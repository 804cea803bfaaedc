import type { FastifyInstance, FastifyReply } from "fastify";
import type { Clock, Logger } from "../core/index.ts";
import { errorMessage } from "../core/index.ts";
import { breakDownTrace, type KeptTrace, type PartTime, type Snapshot } from "../performance/index.ts";
import { registerAssets } from "./assets.ts";
import type { Figures } from "./figures.ts";
import { type History, readHistory, toSeries } from "./history.ts";
import { readInstances } from "./instances.ts";
import { RECENT_MS, Recent, type RecentMonitor, SAMPLE_MS, type Sample, type ShownHealth } from "./recent.ts";

const HOUR_MS = 3_600_000;

/** The spans the page offers, in milliseconds. The shortest is read from memory, the others from the database. */
const SPANS: ReadonlyMap<string, number> = new Map([
  ["5m", RECENT_MS],
  ["1h", HOUR_MS],
  ["6h", 6 * HOUR_MS],
  ["24h", 24 * HOUR_MS],
  ["7d", 7 * 24 * HOUR_MS],
  ["30d", 30 * 24 * HOUR_MS],
]);

const NO_SUCH_SPAN = { error: `span is one of ${[...SPANS.keys()].join(", ")}` };

/** A span is read from the database at most once in this share of it, however many pages show it. */
const HISTORY_CACHED_SHARE = 1 / 360;
/** Gaps are read from the database at most this often. */
const GAPS_CACHED_MS = 5 * 60_000;
/** What is shown of each instance covers this time. */
const INSTANCES_MS = 2 * 60_000;
/** Slow traces in one response. */
const TRACES_SHOWN = 10;
/** A page that falls this far behind is disconnected; it connects again. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** Delay before a browser reconnects after the stream broke. */
const RETRY_MS = 2_000;
/** More open pages than this are a mistake or an attack. */
const MAX_STREAMS = 50;

/** The response of `/dashboard/figures`. */
export interface FiguresAnswer extends History {
  /** Whether the series is of this process, and the stream goes on with it. */
  isLive: boolean;
  fromMs: number;
  toMs: number;
}

/** A trace with the parts its time went to. */
export interface ShownTrace extends KeptTrace {
  parts: PartTime[];
}

/** The response of `/dashboard/traces`. */
export interface TracesAnswer {
  traces: ShownTrace[];
}

/** The response of `/dashboard/gaps`. */
export interface GapsAnswer {
  /** How many days it covers. */
  days: number;
  unanswered: number;
  /** Words that several people used in questions that nothing answered. */
  groups: { language: string; words: string[]; people: number; questions: number }[];
  disliked: { title: string; answers: number; dislikes: number }[];
  /** Ids of pages that no answer was based on. */
  unread: string[];
}

/** A message of the live stream, sent every two seconds. */
export interface LiveSample extends Sample {
  health: ShownHealth;
  hasChat: boolean;
  /** Such as that operators cannot be reached, or messages are not sent. */
  problems: string[];
}

/** What one instance did lately, or all together. */
export interface ShownInstance {
  /** Null: all together. */
  name: string | null;
  figures: Figures;
}

/** The response of `/dashboard/instances`. */
export interface InstancesAnswer {
  /** All together first; none where a single instance runs. */
  instances: ShownInstance[];
  /** The one that answers. */
  own: string;
}

/** The sources of the dashboard's data. */
export interface DashboardSources {
  monitor: RecentMonitor;
  /** Stored snapshots of a span of time, of all processes, one at a time. */
  snapshots(fromMs: number, toMs: number): AsyncIterable<Snapshot>;
  /** The slowest stored traces that began in a span of time. */
  slowestTraces(fromMs: number, toMs: number, limit: number): Promise<KeptTrace[]>;
  /** What people asked the library and did not get. */
  gaps(): Promise<GapsAnswer>;
  /** What is wrong with messages on their way, in words. */
  problems(): string[];
  /** Whether there is a chat page to link to. */
  hasChat: boolean;
  /** The name of this instance among several; missing where there is one. */
  instance?: string | undefined;
  clock: Clock;
  logger: Logger;
}

/** Serves the dashboard at `/`: its files, its data, and a live stream. Stops with the server. */
export function registerDashboard(app: FastifyInstance, sources: DashboardSources): void {
  const { monitor, clock } = sources;
  const recent = new Recent(monitor);
  const histories = new Map<string, { readAt: number; monotonicMs: number; history: Promise<History> }>();
  registerAssets(app);
  streamSamples(app, sources, recent);
  registerGaps(app, sources);
  registerInstances(app, sources);

  app.get<{ Querystring: { span?: string } }>("/dashboard/figures", async (request, reply) => {
    const { span = "5m" } = request.query;
    const spanMs = SPANS.get(span);
    if (spanMs === undefined) return reply.code(400).send(NO_SUCH_SPAN);
    void reply.header("cache-control", "no-store");
    const now = clock.now();
    const ownRecent = (): FiguresAnswer => {
      const [series, operations] = [toSeries(recent.all()), recent.operations()];
      return { isLive: true, fromMs: now - RECENT_MS, toMs: now, series, operations };
    };
    if (spanMs === RECENT_MS && sources.instance === undefined) return ownRecent();
    let known = histories.get(span);
    const monotonicMs = clock.monotonic();
    if (!known || monotonicMs - known.monotonicMs > spanMs * HISTORY_CACHED_SHARE) {
      const history = readHistory(sources.snapshots(now - spanMs, now), now - spanMs, now);
      known = { readAt: now, monotonicMs, history };
      histories.set(span, known);
    }
    try {
      const history = await known.history;
      const { readAt } = known;
      return { isLive: false, fromMs: readAt - spanMs, toMs: readAt, ...history } satisfies FiguresAnswer;
    } catch (error) {
      histories.delete(span);
      if (spanMs === RECENT_MS) return ownRecent();
      return failed(reply, sources.logger, error);
    }
  });

  app.get<{ Querystring: { span?: string } }>("/dashboard/traces", async (request, reply) => {
    const spanMs = SPANS.get(request.query.span ?? "5m");
    if (spanMs === undefined) return reply.code(400).send(NO_SUCH_SPAN);
    const now = clock.now();
    void reply.header("cache-control", "no-store");
    try {
      const stored = await sources.slowestTraces(now - spanMs, now, TRACES_SHOWN);
      const present = monitor.slowestTraces().filter(({ startedAtMs }) => startedAtMs >= now - spanMs);
      return { traces: slowestOf([...present, ...stored]) } satisfies TracesAnswer;
    } catch (error) {
      return failed(reply, sources.logger, error);
    }
  });
}

function registerGaps(app: FastifyInstance, { gaps, clock, logger }: DashboardSources): void {
  let known: { readAtMs: number; gaps: Promise<GapsAnswer> } | undefined;
  app.get("/dashboard/gaps", async (_request, reply) => {
    void reply.header("cache-control", "no-store");
    if (!known || clock.monotonic() - known.readAtMs > GAPS_CACHED_MS) {
      known = { readAtMs: clock.monotonic(), gaps: gaps() };
    }
    try {
      return await known.gaps;
    } catch (error) {
      known = undefined;
      return failed(reply, logger, error);
    }
  });
}

/** What the instances did in the last two minutes, as they saved it. */
function registerInstances(app: FastifyInstance, sources: DashboardSources): void {
  const { snapshots, clock, logger } = sources;
  app.get("/dashboard/instances", async (_request, reply) => {
    void reply.header("cache-control", "no-store");
    const { instance } = sources;
    if (instance === undefined) return { instances: [], own: "" } satisfies InstancesAnswer;
    try {
      const now = clock.now();
      return { instances: await readInstances(snapshots(now - INSTANCES_MS, now), now), own: instance };
    } catch (error) {
      return failed(reply, logger, error);
    }
  });
}

/** Takes a sample every 2 s and sends it to every open page. */
function streamSamples(app: FastifyInstance, sources: DashboardSources, recent: Recent): void {
  const { clock, hasChat } = sources;
  const streams = new Set<FastifyReply["raw"]>();
  const message = (sample: Sample): string => {
    const live: LiveSample = {
      ...sample,
      health: recent.health(sample.at),
      hasChat,
      problems: sources.problems(),
    };
    return `data: ${JSON.stringify(live)}\n\n`;
  };
  const take = (): void => {
    const sample = recent.take(clock.now(), clock.monotonic());
    if (streams.size === 0) return;
    const text = message(sample);
    for (const stream of streams) {
      stream.write(text);
      if (stream.writableLength > MAX_UNREAD_BYTES) stream.destroy();
    }
  };
  take();
  const timer = setInterval(take, SAMPLE_MS).unref();
  app.addHook("preClose", (done) => {
    clearInterval(timer);
    for (const stream of streams) stream.end();
    done();
  });
  app.get("/dashboard/live", (_request, reply) => {
    if (streams.size >= MAX_STREAMS) return reply.code(503).send({ error: "too many pages are open" });
    const headers = reply.getHeaders();
    const stream = reply.hijack().raw;
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) stream.setHeader(name, value);
    stream.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    stream.write(`retry: ${RETRY_MS}\n\n`);
    const newest = recent.all().at(-1);
    if (newest) stream.write(message(newest));
    streams.add(stream);
    stream.on("close", () => streams.delete(stream));
    return reply;
  });
}

/** The slowest traces with their parts; a trace may be in memory and in the database, but is listed once. */
function slowestOf(traces: readonly KeptTrace[]): ShownTrace[] {
  const seen = new Map<string, KeptTrace>();
  for (const trace of traces) seen.set(`${trace.operation} ${trace.startedAtMs} ${trace.durationMs}`, trace);
  return [...seen.values()]
    .toSorted((a, b) => b.durationMs - a.durationMs)
    .slice(0, TRACES_SHOWN)
    .map((trace) => ({ ...trace, parts: breakDownTrace(trace) }));
}

function failed(reply: FastifyReply, logger: Logger, error: unknown): FastifyReply {
  logger.warn("The dashboard cannot read the database", { error: errorMessage(error) });
  return reply.code(503).send({ error: "The database cannot be read now; the last 5 minutes can." });
}
