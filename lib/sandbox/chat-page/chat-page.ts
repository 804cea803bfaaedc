import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import { errorCode, errorMessage } from "../../core/index.ts";
import type { ModelPreview } from "../model-preview.ts";
import type { SandboxTelegram } from "../telegram.ts";
import { addActionRoutes, chatId, userId } from "./actions.ts";
import { openEventStream } from "./event-stream.ts";
import { addFileRoutes } from "./file-routes.ts";
import { addModelRoutes } from "./model-routes.ts";
import { readPageFiles } from "./page-files.ts";

/** Allows the page's own files only: nothing from other hosts, no inline scripts, no framing. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const eventsQuery = z.object({ user: userId, chat: chatId });

/** Adds the chat page to a web server: `/chat`, its files, its event stream and its actions. */
export function registerChatPage(
  app: FastifyInstance,
  telegram: SandboxTelegram,
  preview?: ModelPreview,
): void {
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
    addFileRoutes(scope, telegram);
    addModelRoutes(scope, preview);
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
    const { user, chat } = eventsQuery.parse(request.query);
    const close = openEventStream(reply, telegram, { user, chat: chat ?? user }, () => open.delete(close));
    open.add(close);
  });
}

/** Answers with a sentence that the page shows to the person. */
function explain(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const isMistake = error instanceof z.ZodError || /^(?:SANDBOX|TELEGRAM)_/.test(errorCode(error));
  const status = isMistake ? 400 : (error.statusCode ?? 500);
  void reply.code(status).send({ error: sentenceFor(error) });
}

function sentenceFor(error: FastifyError): string {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  if (errorCode(error) === "FST_ERR_CTP_BODY_TOO_LARGE") return "too long; send it in parts";
  return errorMessage(error);
}
