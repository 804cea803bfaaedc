import type { FastifyInstance } from "fastify";
import { type Clock, errorCode } from "../core/index.ts";

/** Telegram answers a poll at least every 50 s, even when nobody writes; this leaves room for a slow network. */
const MAX_POLL_AGE_MS = 90_000;
/** A question waits seconds, in a rush perhaps a minute; an update this old is stuck. */
const MAX_INBOX_AGE_MS = 5 * 60_000;

/** What the readiness of the bot is read from. */
export interface ReadinessSources {
  /** Resolves when the database answered; must not share the connections of the work. */
  pingDatabase(): Promise<void>;
  /** When Telegram last answered a poll, if ever; epoch milliseconds. */
  lastPolledAt(): number | undefined;
  /** The age of the oldest update that is not settled, in milliseconds. */
  inboxAgeMs(): number;
}

/** What each part says of itself: `ok`, or what is the matter. */
export type Readiness = Record<"database" | "polling" | "inbox", string>;

/** Asks each part how it is; never throws. */
export async function checkReadiness(sources: ReadinessSources, clock: Clock): Promise<Readiness> {
  const polledAt = sources.lastPolledAt();
  const pollAgeMs = polledAt === undefined ? Number.POSITIVE_INFINITY : clock.now() - polledAt;
  const inboxAgeMs = sources.inboxAgeMs();
  return {
    database: await sources.pingDatabase().then(
      () => "ok",
      (error: unknown) => `the database does not answer (${errorCode(error)})`,
    ),
    polling:
      pollAgeMs <= MAX_POLL_AGE_MS
        ? "ok"
        : polledAt === undefined
          ? "Telegram has answered no poll yet"
          : `Telegram has answered no poll for ${seconds(pollAgeMs)}`,
    inbox: inboxAgeMs <= MAX_INBOX_AGE_MS ? "ok" : `the oldest update has waited for ${seconds(inboxAgeMs)}`,
  };
}

/** Whether every part is well. */
export function isReady(readiness: Readiness): boolean {
  return Object.values(readiness).every((state) => state === "ok");
}

/**
 * Adds `/healthz`, which an event loop that turns answers, and `/readyz`: 200 when the bot can do its work, else 503
 * with what is the matter. Neither tells anything of people.
 */
export function registerHealth(app: FastifyInstance, readiness: () => Promise<Readiness>): void {
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const checks = await readiness();
    const isWell = isReady(checks);
    return reply
      .code(isWell ? 200 : 503)
      .header("cache-control", "no-store")
      .send({ status: isWell ? "ready" : "not ready", checks });
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
