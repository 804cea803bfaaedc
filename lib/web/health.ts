import type { FastifyInstance } from "fastify";
import { type Clock, errorCode } from "../core/index.ts";
import type { OutboxStats } from "../telegram/index.ts";

/**
 * Telegram answers a poll at least every 50 s, even without updates, and with a webhook it is asked every 30 s; this
 * allows for a slow network.
 */
const MAX_POLL_AGE_MS = 90_000;
/** Even under load an update waits about a minute; one this old is stuck. */
const MAX_INBOX_AGE_MS = 5 * 60_000;
/** The same for an answer that is not sent. */
const MAX_OUTBOX_AGE_MS = 5 * 60_000;

/** The sources of the readiness check. */
export interface ReadinessSources {
  /** Resolves when the database answered; must use a connection of its own, not the bot's pool. */
  pingDatabase(): Promise<void>;
  /** When Telegram last answered a poll or, with a webhook, confirmed it, if ever; monotonic milliseconds. */
  lastPolledAt(): number | undefined;
  /** Why updates do not come, as far as Telegram says; null when all is well. */
  intakeProblem(): string | null;
  /** What is wrong with Redis; null when all is well, undefined where there is one instance. */
  redisProblem?(): string | null | undefined;
  /** The age of the oldest update that is not settled, in milliseconds. */
  inboxAgeMs(): number;
  /** Undefined until it is open. */
  outbox(): OutboxHealth | undefined;
  /** Why operators do not see what they must see; null when all is well. */
  operatorsProblem(): string | null;
}

type OutboxHealth = Pick<OutboxStats, "oldestMs" | "givenUp" | "longPauses" | "longestPauseMs" | "pausedBot">;

/** The state of each part: `ok`, or the problem. */
export type Readiness = Record<"database" | "polling" | "inbox" | "outbox" | "operators", string> & {
  /** Where there are several instances. */
  redis?: string;
};

/** Checks each part; never throws. */
export async function checkReadiness(sources: ReadinessSources, clock: Clock): Promise<Readiness> {
  const polledAt = sources.lastPolledAt();
  const pollAgeMs = polledAt === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() - polledAt;
  const inboxAgeMs = sources.inboxAgeMs();
  const redis = sources.redisProblem?.();
  return {
    database: await sources.pingDatabase().then(
      () => "ok",
      (error: unknown) => `the database does not answer (${errorCode(error)})`,
    ),
    polling:
      pollAgeMs <= MAX_POLL_AGE_MS
        ? (sources.intakeProblem() ?? "ok")
        : polledAt === undefined
          ? "Telegram has not answered yet"
          : `Telegram has not answered for ${seconds(pollAgeMs)}`,
    outbox: describeOutbox(sources.outbox()),
    inbox: inboxAgeMs <= MAX_INBOX_AGE_MS ? "ok" : `the oldest update has waited for ${seconds(inboxAgeMs)}`,
    operators: sources.operatorsProblem() ?? "ok",
    ...(redis === undefined ? {} : { redis: redis ?? "ok" }),
  };
}

/** What is wrong with messages on their way: the parts of the readiness check that can be read at once. */
export function problemsNow(
  sources: Pick<ReadinessSources, "outbox" | "operatorsProblem">,
): { part: "operators" | "outbox"; problem: string }[] {
  const operators = sources.operatorsProblem();
  const outbox = describeOutbox(sources.outbox());
  return [
    ...(operators === null ? [] : [{ part: "operators" as const, problem: operators }]),
    ...(outbox === "ok" ? [] : [{ part: "outbox" as const, problem: outbox }]),
  ];
}

/** Whether every part is `ok`. */
export function isReady(readiness: Readiness): boolean {
  return Object.values(readiness).every((state) => state === "ok");
}

/**
 * Serves `/healthz` (200 while the event loop turns) and `/readyz` (200 when the bot can work, else 503 with the
 * problems). Neither contains personal data.
 */
export function registerHealth(app: FastifyInstance, readiness: () => Promise<Readiness>): void {
  // Supervisors probe without a token, and the replies contain nothing but the health.
  const config = { access: "public" } as const;
  app.get("/healthz", { config }, () => ({ status: "ok" }));
  app.get("/readyz", { config }, async (_request, reply) => {
    const checks = await readiness();
    const ready = isReady(checks);
    return reply
      .code(ready ? 200 : 503)
      .header("cache-control", "no-store")
      .send({ status: ready ? "ready" : "not ready", checks });
  });
}

function describeOutbox(outbox: OutboxHealth | undefined): string {
  if (!outbox) return "ok";
  const { oldestMs, givenUp, longPauses, longestPauseMs, pausedBot } = outbox;
  const problems = [
    ...(oldestMs > MAX_OUTBOX_AGE_MS
      ? [`the oldest unsent message has waited for ${seconds(oldestMs)}`]
      : []),
    ...(longPauses > 0
      ? [
          `Telegram has paused ${pausedBot ? "the bot" : `chats (${longPauses})`} for ${seconds(longestPauseMs)}`,
        ]
      : []),
    ...(givenUp > 0 ? [`messages given up in the last 10 min: ${givenUp}`] : []),
  ];
  return problems.length === 0 ? "ok" : problems.join("; ");
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
