import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { errorCode, errorMessage } from "../core/index.ts";
import { openEventStream } from "./event-stream.ts";
import { readPageFiles } from "./page-files.ts";
import type { SandboxPerson } from "./people/people.ts";
import type { SandboxTelegram } from "./telegram.ts";
import { MAX_TEXT_LENGTH } from "./text.ts";

/** The people the page offers; any other number after `?user=` is a person too. */
const PEOPLE: readonly Required<SandboxPerson>[] = [
  { userId: 1001, firstName: "Amina", languageCode: "en" },
  { userId: 1002, firstName: "Théo", languageCode: "fr" },
  { userId: 1003, firstName: "Grace", languageCode: "en" },
  { userId: 1004, firstName: "Inès", languageCode: "fr" },
];

/** Nothing is loaded from elsewhere, nothing inline is run, nobody may frame the page. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const userId = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const eventsQuery = z.object({ user: userId });
const messageBody = z.object({
  user: userId,
  /** Longer than a message: Telegram's app, too, sends a long text as several. */
  text: z.string().max(MAX_TEXT_LENGTH * 10),
});
const pressBody = z.object({ user: userId, messageId: z.number().int(), data: z.string().max(64) });

/** Adds the chat page to a web server: `/chat`, its files, its event stream, and what people do on it. */
export function registerChatPage(app: FastifyInstance, telegram: SandboxTelegram): void {
  const files = readPageFiles();
  void app.register((scope, _options, done) => {
    scope.addHook("onRequest", (_request, reply, next) => {
      void reply.header("content-security-policy", CONTENT_SECURITY_POLICY);
      void reply.header("x-content-type-options", "nosniff").header("referrer-policy", "no-referrer");
      next();
    });
    scope.setErrorHandler(explain);
    for (const [url, file] of files) scope.get(url, (request, reply) => file.send(request, reply));
    addEventRoute(scope, telegram);
    addActionRoutes(scope, telegram);
    done();
  });
}

function addEventRoute(scope: FastifyInstance, telegram: SandboxTelegram): void {
  const open = new Set<() => void>();
  scope.addHook("preClose", (done) => {
    for (const close of open) close();
    done();
  });
  scope.get("/chat/events", (request, reply) => {
    const { user } = eventsQuery.parse(request.query);
    const close = openEventStream(reply, telegram, personOf(user), PEOPLE, () => open.delete(close));
    open.add(close);
  });
}

function addActionRoutes(scope: FastifyInstance, telegram: SandboxTelegram): void {
  const guarded = { preHandler: refuseStrangers };
  scope.post("/chat/messages", guarded, async (request) => {
    const { user, text } = messageBody.parse(request.body);
    for (const part of splitLongText(text)) await telegram.sendText(personOf(user), part);
    return { ok: true };
  });
  scope.post("/chat/presses", guarded, async (request) => {
    const { user, messageId, data } = pressBody.parse(request.body);
    const { callbackQueryId } = await telegram.pressButton(user, user, messageId, data);
    return { ok: true, callbackQueryId };
  });
}

/** Only the page itself may act: another site in the same browser could otherwise write in people's names. */
function refuseStrangers(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const { origin, host, "sec-fetch-site": site, "content-type": type } = request.headers;
  const isSameOrigin =
    (site === undefined || site === "same-origin") &&
    (origin === undefined ? site !== undefined : URL.canParse(origin) && new URL(origin).host === host);
  if (!isSameOrigin) void reply.code(403).send({ error: "only the chat page itself may do this" });
  else if (!type?.startsWith("application/json")) void reply.code(415).send({ error: "send JSON" });
  else next();
}

function personOf(user: number): SandboxPerson {
  return PEOPLE.find((person) => person.userId === user) ?? { userId: user };
}

function splitLongText(text: string): string[] {
  const parts: string[] = [];
  for (let rest = text; rest.length > 0; ) {
    const end = /[\ud800-\udbff]/.test(rest.charAt(MAX_TEXT_LENGTH - 1))
      ? MAX_TEXT_LENGTH - 1
      : MAX_TEXT_LENGTH;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return parts.filter((part) => part.trim() !== "");
}

function explain(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const isMistake = error instanceof z.ZodError || errorCode(error).startsWith("SANDBOX_");
  const status = isMistake ? 400 : (error.statusCode ?? 500);
  const message = error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error);
  void reply.code(status).send({ error: message });
}
