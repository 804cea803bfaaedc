import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Clock, isLoopback } from "../core/index.ts";
import { FailedAttempts } from "./failed-attempts.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** `public`: open to all who reach the server. `own`: the route checks a secret of its own. Else the token is needed. */
    access?: "public" | "own";
  }
}

const COOKIE = "helpline_dashboard";

/**
 * Requires the token: as a bearer token, or as `?token=`, which sets a cookie and redirects to the same page without it,
 * so that the token does not stay in the address bar. An address that sends many wrong tokens is told to wait, but the
 * right one is always let in, so that nobody can lock others out. Decides by the route and the query that the router found.
 */
export function requireToken(app: FastifyInstance, token: string, clock: Clock): void {
  const failed = new FailedAttempts(clock);
  app.addHook("onRequest", async (request, reply) => {
    if (request.is404 || request.routeOptions.config.access !== undefined) return;
    const fromQuery = tokenOf(request.query);
    const given = fromQuery ?? bearerToken(request) ?? cookieToken(request);
    if (given === undefined || !isSame(given, token)) {
      await refuse(reply, given === undefined ? 0 : failed.secondsAfter(request.ip));
    } else if (fromQuery !== undefined) {
      const secure = request.protocol === "https" ? "; Secure" : "";
      const cookie = `${COOKIE}=${encodeURIComponent(fromQuery)}; Path=/; HttpOnly; SameSite=Strict${secure}`;
      await reply.header("set-cookie", cookie).redirect(withoutToken(request.url));
    }
  });
}

/** @param waitSeconds how long the address has to wait; 0 if it may go on */
async function refuse(reply: FastifyReply, waitSeconds: number): Promise<void> {
  void reply.type("text/plain");
  if (waitSeconds === 0) await reply.code(401).send("Open this page with ?token=<DASHBOARD_TOKEN>.");
  else {
    const text = `Too many wrong tokens. Try again in ${waitSeconds} s.`;
    await reply.code(429).header("retry-after", String(waitSeconds)).send(text);
  }
}

/**
 * Where no token is required, answers only requests whose Host is this machine: DNS rebinding, by which a foreign page
 * makes its own name resolve to this machine, is refused. Reads the header itself, since a page could also send the one
 * by which a proxy names the host.
 */
export function requireLocalHost(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ headers, routeOptions }, reply) => {
    if (routeOptions.config.access === "own") return;
    const host = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(headers.host ?? "");
    if (!isLoopback(host?.[1] ?? host?.[2] ?? "")) {
      await reply.code(403).type("text/plain").send("Open this page on the machine that runs Helpline.");
    }
  });
}

/** The first one, if it is given several times. */
function tokenOf(query: unknown): string | undefined {
  const { token } = query as { token?: string | string[] };
  return Array.isArray(token) ? token[0] : token;
}

function withoutToken(url: string): string {
  const path = url.split("?", 1)[0] ?? "/";
  const parameters = new URLSearchParams(url.slice(path.length));
  parameters.delete("token");
  return parameters.size > 0 ? `${path}?${parameters.toString()}` : path;
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
