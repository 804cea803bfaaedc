import type { FastifyInstance } from "fastify";
import { type Clock, endsWithin, errorCode, type Logger } from "../core/index.ts";
import type { Update } from "../telegram/index.ts";
import { isSame } from "./access.ts";

export interface WebhookRouteOptions {
  /** The path of the address that Telegram calls. */
  path: string;
  secret: string;
  /** Resolves when the update is durable. */
  accept(update: Update): Promise<void>;
  clock: Clock;
  logger: Logger;
}

/** The largest body, in bytes; an update is a few kilobytes. */
const MAX_BODY_BYTES = 1024 * 1024;
/** How long an update may take to be stored, in milliseconds. Telegram itself gives up after about a minute. */
const STORE_MS = 10_000;
/** When Telegram is to try again, in seconds. Without it, Telegram pauses for a minute or two. */
const RETRY_AFTER_S = "2";

/**
 * Serves the address that Telegram calls: 200 once the update is stored, 503 with `Retry-After` when it cannot be, and
 * 401, before the body is read, without the right secret.
 */
export function registerWebhook(app: FastifyInstance, options: WebhookRouteOptions): void {
  const { path, secret, accept, clock, logger } = options;
  let failures = 0;

  /** Whether the update is durable. */
  async function store(update: Update): Promise<boolean> {
    try {
      if (!(await endsWithin(accept(update), STORE_MS, clock))) throw new Error("storing takes too long");
      if (failures > 0) logger.info("Updates are stored again", { refused: failures });
      failures = 0;
      return true;
    } catch (error) {
      failures += 1;
      // One warning per outage.
      const message = "An update could not be stored, so it stays with Telegram";
      logger[failures === 1 ? "warn" : "debug"](message, { code: errorCode(error) });
      return false;
    }
  }

  app.post(path, {
    config: { access: "own" },
    bodyLimit: MAX_BODY_BYTES,
    async onRequest(request, reply) {
      const given = String(request.headers["x-telegram-bot-api-secret-token"] ?? "");
      if (!isSame(given, secret)) await reply.code(401).send();
    },
    async handler({ body }, reply) {
      if (!isUpdate(body)) {
        logger.warn("Skipped an update without an id"); // not refused, or Telegram would send it again for ever
        return reply.send();
      }
      if (await store(body)) return reply.send();
      return reply.code(503).header("retry-after", RETRY_AFTER_S).send();
    },
  });
}

function isUpdate(body: unknown): body is Update {
  return Number.isSafeInteger((body as { update_id?: unknown } | null)?.update_id);
}
