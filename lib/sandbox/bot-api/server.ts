import formbody from "@fastify/formbody";
import multipart, { type MultipartFile } from "@fastify/multipart";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock, Logger } from "../../core/index.ts";
import type { World } from "../chats/world.ts";
import type { Upload } from "../files/files.ts";
import { methods, type NamedMethod } from "../methods/index.ts";
import { BotApiError, badRequest, tooManyRequests } from "./api-error.ts";
import type { CallLog, CallOutcome } from "./call-log.ts";
import { registerDownloads } from "./downloads.ts";
import type { FaultKind, Faults } from "./faults.ts";
import { decodeParams, integer, isObject, type Params } from "./params.ts";
import type { RateLimits } from "./rate-limits.ts";

/** The largest body of a call without files, and the largest file a bot may send (Telegram's limit), in bytes. */
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_FILE_BYTES = 50 * 1024 * 1024;

export interface ServerParts {
  token: string;
  world: World;
  calls: CallLog;
  faults: Faults;
  /** Null where Telegram's limits are switched off. */
  rateLimits: RateLimits | null;
  clock: Clock;
  logger: Logger;
}

type Refusal = Extract<CallOutcome, { kind: "error" }>;
type Call = FastifyRequest<{ Params: { token: string; method: string } }>;

/** Serves the Bot API over HTTP: `/bot<token>/<method>`, GET or POST, with JSON, form and multipart bodies. */
export async function createBotApiServer(parts: ServerParts): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
  });
  await app.register(formbody);
  await app.register(multipart, {
    limits: { fileSize: MAX_FILE_BYTES, fieldSize: MAX_BODY_BYTES, files: 20, fields: 100 },
  });
  app.removeContentTypeParser(["application/json", "text/plain"]);
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    parseJsonBody(String(body), done);
  });
  app.addContentTypeParser("*", (_request, payload, done) => {
    payload.resume(); // Telegram ignores bodies of an unknown type
    done(null, undefined);
  });
  app.setErrorHandler((error, _request, reply) =>
    sendError(reply, failure(asBotApiError(error, parts.logger))),
  );
  app.setNotFoundHandler((_request, reply) => sendError(reply, failure(notFound())));
  app.route({
    method: ["GET", "POST"],
    url: "/bot:token/:method",
    handler: (request, reply) => handle(parts, request as Call, reply),
  });
  registerDownloads(app, parts);
  return app;
}

async function handle(parts: ServerParts, request: Call, reply: FastifyReply): Promise<FastifyReply> {
  const { token } = request.params;
  if (token !== parts.token) return sendError(reply, failure(refuseToken(token)));
  const method = methods.get(request.params.method.toLowerCase());
  const uploads: Upload[] = [];
  try {
    const params = decodeParams(await rawParams(request, (part) => receiveFile(parts, part, uploads)));
    const name = method?.name ?? request.params.method;
    const arrivedAt = parts.clock.now();
    const fault = parts.faults.take(name, params);
    const outcome = await outcomeWith(fault, () => run(parts, method, params, () => goneSignal(reply)));
    const call = { method: name, params, arrivedAt, outcome };
    parts.calls.add(call);
    parts.world.events.emit({ type: "call", call });
    await dropFiles(parts, uploads);
    return answer(request, reply, outcome, fault?.kind === "html502");
  } finally {
    await dropFiles(parts, uploads);
  }
}

/** The outcome for the caller: the call's own, or a fault, before or after the call took effect. */
async function outcomeWith(fault: FaultKind | null, work: () => Promise<CallOutcome>): Promise<CallOutcome> {
  if (!fault) return work();
  if ("tookEffect" in fault && fault.tookEffect) await work();
  return outcomeOf(fault);
}

async function receiveFile({ world }: ServerParts, part: MultipartFile, uploads: Upload[]): Promise<Upload> {
  const upload = await world.files.receive(part.filename ?? "file", part.mimetype, part.file);
  uploads.push(upload);
  return upload;
}

/** Drops the uploads that no message uses. */
async function dropFiles({ world }: ServerParts, uploads: readonly Upload[]): Promise<void> {
  for (const upload of uploads) await world.files.drop(upload);
}

/** Aborts when the caller disconnects. Fastify's own `request.signal` does not once the body has been read. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return gone.signal;
}

async function run(
  { world, rateLimits, logger }: ServerParts,
  method: NamedMethod | undefined,
  params: Params,
  signal: () => AbortSignal,
): Promise<CallOutcome> {
  try {
    if (!method) throw notFound();
    if (method.isPaced) {
      const messages = Array.isArray(params.media) ? params.media.length : 1;
      rateLimits?.count(integer(params, "chat_id") ?? 0, messages);
    }
    return { kind: "ok", result: await method.run(world, params, signal) };
  } catch (error) {
    return failure(asBotApiError(error, logger));
  }
}

function outcomeOf(fault: FaultKind): CallOutcome {
  if (fault.kind === "too-many-requests") return failure(tooManyRequests(fault.retryAfterSeconds));
  if (fault.kind === "error") return failure(new BotApiError(fault.status, fault.description));
  if (fault.kind === "error500") return failure(new BotApiError(500, "Internal Server Error"));
  if (fault.kind === "html502") return failure(new BotApiError(502, "Bad Gateway"));
  return { kind: fault.kind, tookEffect: fault.tookEffect ?? false };
}

function answer(request: Call, reply: FastifyReply, outcome: CallOutcome, asHtml: boolean): FastifyReply {
  if (outcome.kind === "ok")
    return sendJson(reply, 200, `{"ok":true,"result":${JSON.stringify(outcome.result)}}`);
  if (outcome.kind === "error") {
    if (!asHtml) return sendError(reply, outcome);
    const page =
      "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    return reply.code(outcome.status).header("content-type", "text/html").send(page);
  }
  reply.hijack();
  if (outcome.kind === "reset") request.raw.socket.resetAndDestroy();
  return reply;
}

function sendError(reply: FastifyReply, error: Omit<Refusal, "kind">): FastifyReply {
  const { status, description, parameters } = error;
  const body = { ok: false, error_code: status, description };
  return sendJson(reply, status, JSON.stringify(parameters ? { ...body, parameters } : body));
}

function sendJson(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).header("content-type", "application/json").send(body);
}

function failure({ status, message, parameters }: BotApiError): Refusal {
  return { kind: "error", status, description: message, ...(parameters ? { parameters } : {}) };
}

type TakeFile = (part: MultipartFile) => Promise<Upload>;

async function rawParams(request: Call, takeFile: TakeFile): Promise<Record<string, unknown>> {
  const query = isObject(request.query) ? request.query : {};
  if (request.isMultipart()) return { ...query, ...(await multipartParams(request, takeFile)) };
  return isObject(request.body) ? { ...query, ...request.body } : query;
}

async function multipartParams(request: Call, takeFile: TakeFile): Promise<Record<string, unknown>> {
  const params: Record<string, unknown> = {};
  try {
    for await (const part of request.parts()) {
      params[part.fieldname] = part.type === "field" ? part.value : await takeFile(part);
    }
  } catch (cause) {
    if (isObject(cause) && cause.statusCode === 413) throw cause;
    throw badRequest("can't parse the multipart form");
  }
  return params;
}

function parseJsonBody(body: string, done: (error: Error | null, body?: unknown) => void): void {
  try {
    done(null, body === "" ? undefined : JSON.parse(body));
  } catch {
    done(badRequest("can't parse request body as JSON"));
  }
}

function asBotApiError(error: unknown, logger: Logger): BotApiError {
  if (error instanceof BotApiError) return error;
  const status = isObject(error) && typeof error.statusCode === "number" ? error.statusCode : 500;
  if (status === 413) return new BotApiError(413, "Request Entity Too Large");
  if (status >= 400 && status < 500) return badRequest("can't parse the request");
  logger.error("The simulated Telegram failed", { error });
  return new BotApiError(500, "Internal Server Error");
}

/** Telegram answers 401 to an unknown token, and 404 to text that cannot be a token. */
function refuseToken(token: string): BotApiError {
  return /^\d+:[\w-]+$/.test(token) ? new BotApiError(401, "Unauthorized") : notFound();
}

function notFound(): BotApiError {
  return new BotApiError(404, "Not Found");
}
