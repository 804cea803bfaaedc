import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Clock, isLoopback } from "../core/index.ts";
import { FailedAttempts } from "./failed-attempts.ts";

const COOKIE = "helpline_dashboard";

/** Open to all, for whoever supervises the process asks without a token, and they tell nothing but how it is. */
const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Lets in only who knows the token: as a bearer token, or as `?token=`, which sets a cookie and leads to the same page
 * without it, so that the token does not stay in the address bar. Who guesses wrong too often is not heard for a while.
 */
export function requireToken(app: FastifyInstance, token: string, clock: Clock): void {
  const failed = new FailedAttempts(clock);
  app.addHook("onRequest", async (request, reply) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (PROBES.has(pathname)) return;
    if (failed.isBarred(request.ip)) {
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
 * Where no token is asked for, answers only who names this machine as the host: a page elsewhere, whose name was made
 * to lead here (DNS rebinding), is refused.
 */
export function requireLocalHost(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ hostname }, reply) => {
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
    return undefined; // not a cookie of ours
  }
}

/** Compares in a time that does not depend on where the two differ. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
