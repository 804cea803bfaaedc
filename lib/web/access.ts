import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Clock, isLoopback } from "../core/index.ts";
import { FailedAttempts } from "./failed-attempts.ts";

/** Whether a request is checked by its own route, as Telegram's call of the webhook is by its secret. */
export type HasOwnAccess = (request: { method: string; url: string }) => boolean;

const COOKIE = "helpline_dashboard";

/** Open to all: supervisors probe without a token, and the replies contain nothing but the health. */
const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Requires the token: as a bearer token, or as `?token=`, which sets a cookie and redirects to the same page without it,
 * so that the token does not stay in the address bar. Rate-limits addresses that send wrong tokens.
 */
export function requireToken(
  app: FastifyInstance,
  token: string,
  { clock, hasOwnAccess }: { clock: Clock; hasOwnAccess: HasOwnAccess },
): void {
  const failed = new FailedAttempts(clock);
  app.addHook("onRequest", async (request, reply) => {
    if (hasOwnAccess(request)) return;
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (PROBES.has(pathname)) return;
    if (failed.isBlocked(request.ip)) {
      const seconds = failed.secondsLeft();
      await reply
        .code(429)
        .header("retry-after", String(seconds))
        .type("text/plain")
        .send(`Too many wrong tokens. Try again in ${seconds} s.`);
      return;
    }
    const fromQuery = searchParams.get("token") ?? undefined;
    const given = fromQuery ?? bearerToken(request) ?? cookieToken(request);
    if (given === undefined || !isSame(given, token)) {
      if (given !== undefined) failed.add(request.ip);
      await reply.code(401).type("text/plain").send("Open this page with ?token=<DASHBOARD_TOKEN>.");
      return;
    }
    if (fromQuery === undefined) return;
    searchParams.delete("token");
    const rest = searchParams.size > 0 ? `?${searchParams.toString()}` : "";
    await reply
      .header("set-cookie", `${COOKIE}=${encodeURIComponent(fromQuery)}; Path=/; HttpOnly; SameSite=Strict`)
      .redirect(`${pathname}${rest}`);
  });
}

/**
 * Where no token is required, answers only requests whose Host is this machine: DNS rebinding, by which a foreign page
 * makes its own name resolve to this machine, is refused.
 */
export function requireLocalHost(app: FastifyInstance, hasOwnAccess: HasOwnAccess): void {
  app.addHook("onRequest", async (request, reply) => {
    const { hostname } = request;
    if (hasOwnAccess(request)) return;
    if (!isLoopback(hostname.replace(/^\[|\]$/g, ""))) {
      await reply.code(403).type("text/plain").send("Open this page on the machine that runs Helpline.");
    }
  });
}

function bearerToken({ headers }: FastifyRequest): string | undefined {
  return /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
}

function cookieToken({ headers }: FastifyRequest): string | undefined {
  const pair = headers.cookie?.split("; ").find((cookie) => cookie.startsWith(`${COOKIE}=`));
  try {
    return pair && decodeURIComponent(pair.slice(COOKIE.length + 1));
  } catch {
    return undefined; // malformed, so not a cookie set here
  }
}

/** Compares secrets in constant time. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
