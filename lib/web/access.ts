import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";

const COOKIE = "helpline_dashboard";

/**
 * Lets in only who knows the token: as a bearer token, as `?token=` (which sets a cookie for the pages that follow),
 * or by that cookie. The health checks stay open, for they say nothing else.
 */
export function requireToken(app: FastifyInstance, token: string): void {
  app.addHook("onRequest", async (request, reply) => {
    if (request.url === "/healthz") return;
    const fromQuery = queryToken(request);
    const given = fromQuery ?? bearerToken(request) ?? cookieToken(request);
    if (given === undefined || !isSame(given, token)) {
      await reply.code(401).type("text/plain").send("Open this page with ?token=<DASHBOARD_TOKEN>.");
      return;
    }
    if (fromQuery === undefined) return;
    const value = encodeURIComponent(fromQuery);
    reply.header("set-cookie", `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict`);
  });
}

function queryToken({ query }: FastifyRequest): string | undefined {
  const { token } = query as { token?: unknown };
  return typeof token === "string" ? token : undefined;
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
