import * as z from "zod";
import type { Notes } from "../cluster/index.ts";
import type { Content } from "../content/index.ts";
import { type Clock, errorMessage, type Logger } from "../core/index.ts";
import {
  ALERT_KINDS,
  type Alert,
  type AlertFigures,
  AlertWatch,
  formatDuration,
  formatShare,
  formatSpan,
  formatTime,
  type Instant,
  isAlertOperation,
  largestPart,
  type PerformanceMonitor,
  RecentOperations,
} from "../performance/index.ts";
import { formatMarkdown, type NewSend, type OutboxStats, splitFormatted } from "../telegram/index.ts";
import type { TogetherFigures } from "./all-instances.ts";
import type { DatabaseWatch } from "./database-watch.ts";

const CHECK_EVERY_MS = 10_000;
/** Alerts are judged by the last five minutes. */
const RECENT_MS = 5 * 60_000;
/** Unsent alerts kept while the database is away; the first ones tell what happened. */
const MAX_WAITING = 20;

/** The models that do not answer, by name. */
export interface ModelTroubles {
  /** Left alone for a while, since their calls fail. */
  down: { state: AlertFigures["breaker"]; models: readonly string[] };
  overBudget: readonly string[];
  /** Those that refuse every call, with what their provider says. */
  refused: readonly { model: string; reason: string }[];
}

export interface AlertParts {
  content: Pick<Content, "bot" | "translate">;
  monitor: Pick<PerformanceMonitor, "sinceStart" | "slowestTraces">;
  /** The operators' chat; without one, alerts are only logged. */
  chatId: number | undefined;
  inboxAgeMs(): number;
  outbox(): Pick<OutboxStats, "oldestMs" | "givenUp" | "pausedChats">;
  models(): ModelTroubles;
  database: Pick<DatabaseWatch, "look" | "lastOutage">;
  /** What all instances measured together; missing where there is one. */
  together?: ((spanMs: number) => Promise<TogetherFigures>) | undefined;
  /** The next number in the order of arrival. */
  nextSeq(): Promise<number>;
  /** Records sends durably; idempotent. */
  record(sends: readonly NewSend[]): Promise<void>;
  /** What the instance that alerted before saved; undefined with a single instance. */
  notes?: Notes | undefined;
}

export interface AlertDeps {
  clock: Clock;
  logger: Logger;
}

/**
 * Alerts operators, in their chat and in the log, when something goes wrong and when it is over, until stopped. Alerts
 * that cannot be sent while the database is away are sent once it is back.
 */
export function startAlerts(parts: AlertParts, deps: AlertDeps): { stop(): Promise<void> } {
  const { clock, logger } = deps;
  const watch = new AlertWatch(() => parts.content.bot.alerts); // /reload may change them
  const recent = new RecentOperations(RECENT_MS);
  const stopping = new AbortController();
  let waiting: WaitingAlert[] = [];
  const { notes } = parts;
  let isRestored = notes === undefined;
  /** Whether the alerts changed since the notes were last saved. */
  let hasUnsavedChanges = false;

  async function check(): Promise<void> {
    const isDatabaseAway = await parts.database.look();
    const now = { epochMs: clock.now(), monotonicMs: clock.monotonic() };
    if (!isRestored) await readNotes(now);
    const { operations } = parts.monitor.sinceStart();
    recent.take(
      now.monotonicMs,
      operations.filter(({ name }) => isAlertOperation(name)),
    );
    const { oldestMs: outboxAgeMs, givenUp } = parts.outbox();
    const own = { operations: recent.list(), inboxAgeMs: parts.inboxAgeMs(), outboxAgeMs, givenUp };
    const together = isDatabaseAway ? undefined : await parts.together?.(RECENT_MS);
    const figures = { ...(together ? sharedFigures(together) : own), ...modelFigures(parts.models()) };
    for (const alert of watch.check(figures, now)) report(alert);
    const outage = parts.database.lastOutage;
    if (outage && watch.adopt(outage.alert, outage.endedAt)) tell(outage.alert);
    if (!isDatabaseAway) await send(now);
  }

  /** @throws while the database is away: nothing is judged before it is known what was reported */
  async function readNotes(now: Instant): Promise<void> {
    const left = await notes?.read();
    isRestored = true;
    if (left === undefined) return;
    const parsed = notesSchema.safeParse(JSON.parse(left)); // of another release, perhaps: then alerts may repeat
    if (!parsed.success) return;
    watch.restore(parsed.data.reported, now);
    waiting = parsed.data.waiting;
  }

  /** @returns false when another instance alerts now */
  async function saveNotes(now: Instant): Promise<boolean> {
    if (!notes || !hasUnsavedChanges) return true;
    const left: AlertNotes = { reported: watch.reported(now), waiting };
    if (!(await notes.leave(JSON.stringify(left)))) return false;
    hasUnsavedChanges = false;
    return true;
  }

  function report(alert: Alert): void {
    const { kind, isOver, lastedMs, operation, errorCode } = alert;
    if (isOver) logger.info(`Alert over: ${kind}`, { lastedMs });
    else logger.warn(`Alert: ${kind}`, { value: alert.value, operation, errorCode });
    tell(alert);
  }

  function tell(alert: Alert): void {
    hasUnsavedChanges = true;
    if (parts.chatId === undefined) return;
    waiting = [...waiting, { markdown: describe(alert, parts) }].slice(0, MAX_WAITING);
  }

  /** Kept, so that a retry, also by another instance, sends nothing twice. */
  async function assignSeq(alert: WaitingAlert): Promise<number> {
    alert.seq ??= await parts.nextSeq();
    return alert.seq;
  }

  async function send(now: Instant): Promise<void> {
    const { chatId } = parts;
    for (const next of waiting) await assignSeq(next);
    if (!(await saveNotes(now))) return; // before they are sent, so that another instance does not send them again
    for (let next = waiting[0]; next && chatId !== undefined; next = waiting[0]) {
      const seq = await assignSeq(next);
      await parts.record(
        splitFormatted(formatMarkdown(next.markdown)).map(({ text, entities }, step) => ({
          seq,
          step,
          chatKey: `chat:${chatId}`,
          chatId,
          method: "sendMessage",
          alert: true,
          params: { chat_id: chatId, text, ...(entities.length > 0 ? { entities } : {}) },
        })),
      );
      waiting.shift();
      hasUnsavedChanges = true;
    }
    await saveNotes(now);
  }

  const working = (async () => {
    for (;;) {
      await clock.sleep(CHECK_EVERY_MS, stopping.signal);
      await check().catch((error: unknown) =>
        logger.warn("Alerts could not be sent; trying again", { error: errorMessage(error) }),
      );
    }
  })().catch(() => {}); // the sleep was aborted by `stop`

  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

/** An alert that is not recorded as a message yet. */
type WaitingAlert = z.infer<typeof waitingSchema>;

const waitingSchema = z.object({ markdown: z.string(), seq: z.number().optional() });

/** What the instance that alerts leaves for the next one. */
const notesSchema = z.object({
  reported: z.array(
    z.object({ kind: z.enum(ALERT_KINDS), sinceMs: z.number().optional(), reportedAtMs: z.number() }),
  ),
  waiting: z.array(waitingSchema),
});

type AlertNotes = z.infer<typeof notesSchema>;

/** The alert's text, as Markdown in the bot's default language. */
function describe(alert: Alert, { content, monitor, outbox, models }: AlertParts): string {
  const { alerts: limits, defaultLanguage } = content.bot;
  const say = (key: Parameters<Content["translate"]>[1], values: Record<string, string> = {}): string =>
    content.translate(defaultLanguage, key, values);
  const { kind, isOver, value, atMs, sinceMs, lastedMs } = alert;
  const duration = formatSpan(lastedMs);
  // An outage is told of when it is over, since nothing can be sent before.
  if (kind === "database") return say("alert.database_over", { duration, since: formatTime(sinceMs) });
  if (isOver) return say(`alert.${kind}_over`, { duration });
  if (kind === "answer_p95") {
    const text = say("alert.answer_p95", {
      value: formatDuration(value),
      limit: formatDuration(limits.answerP95Ms),
    });
    const part = causeOfSlowAnswers(monitor, atMs);
    return part === undefined ? text : `${text} ${say("alert.cause", { part })}`;
  }
  if (kind === "errors") {
    const { operation = "", errorCode = "" } = alert;
    const limit = formatShare(limits.errorRate);
    return say("alert.errors", { share: formatShare(value), operation, code: errorCode, limit });
  }
  if (kind === "inbox_age") {
    return say("alert.inbox_age", { value: formatSpan(value), limit: formatSpan(limits.inboxAgeMs) });
  }
  if (kind === "outbox_age") {
    const paused = String(outbox().pausedChats);
    const limit = formatSpan(limits.inboxAgeMs);
    return say("alert.outbox_age", { value: formatSpan(value), limit, paused });
  }
  if (kind === "given_up") return say("alert.given_up", { messages: String(value) });
  const { down, overBudget, refused } = models();
  if (kind === "breaker") return say("alert.breaker", { models: down.models.join(", ") });
  if (kind === "budget") return say("alert.budget", { models: overBudget.join(", ") });
  const [first] = refused;
  return say("alert.refused", { models: first?.model ?? "", reason: plainText(first?.reason ?? "") });
}

/** Of all instances: the oldest of what waits, and what was given up by any. */
function sharedFigures({ operations, gauge }: TogetherFigures) {
  return {
    operations: operations.filter(({ name }) => isAlertOperation(name)),
    inboxAgeMs: Math.max(0, ...gauge("inbox.oldest_ms")),
    outboxAgeMs: Math.max(0, ...gauge("outbox.oldest_ms")),
    givenUp: gauge("outbox.given_up").reduce((sum, count) => sum + count, 0),
  };
}

function modelFigures({ down, overBudget, refused }: ModelTroubles) {
  return { breaker: down.state, isBudgetReached: overBudget.length > 0, isRefused: refused.length > 0 };
}

/** A provider's sentence is no Markdown of ours. */
function plainText(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>~|]/g, "\\$&");
}

/** The part that most of the time of recent slow answers went to. */
function causeOfSlowAnswers(monitor: AlertParts["monitor"], nowMs: number): string | undefined {
  const traces = monitor.slowestTraces();
  return largestPart(
    traces.filter(
      ({ operation, startedAtMs, durationMs }) =>
        operation === "process_question" && startedAtMs + durationMs > nowMs - RECENT_MS,
    ),
  );
}
