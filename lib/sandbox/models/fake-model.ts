import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError, type Clock } from "../../core/index.ts";
import { type AnswerLatency, type AnswerPlan, streamAnswer } from "./answer-stream.ts";
import { readBody } from "./body.ts";
import { createCallLog, type ModelCall } from "./calls.ts";
import { standInVector } from "./embeddings.ts";
import { failAtOnce, sendError, sendJson } from "./failures.ts";
import { createFaultQueue, type FaultQueue, type ModelFault } from "./faults.ts";
import { createMinuteQuota } from "./minute-quota.ts";
import type { ModelRequest } from "./model-request.ts";
import { countTokens, cutIntoPieces, replyFromFirstPassage } from "./reply.ts";
import { type AskedAnswer, isWireError, type Known, type Reply, type Wire } from "./wire.ts";

export interface FakeModelOptions {
  clock: Clock;
  /** The only key it accepts; empty: none may be sent. */
  apiKey: string;
  /** The only model it knows, besides one for embeddings. */
  model: string;
  /** `embedding-test` by default. */
  embeddingModel?: string;
  /** 0, the default, takes a free port. */
  port?: number;
  /** The answer of the model; by default made of the first passage in the prompt. */
  respond?: (request: ModelRequest) => string;
  /** How long a call takes; no time by default. */
  latency?: (request: ModelRequest) => AnswerLatency;
  /** Decides the fault of each call for which none was ordered; none by default. */
  fault?: (request: ModelRequest) => ModelFault | undefined;
  /** The calls accepted within any minute; more get a 429 that names the wait. Unlimited by default. */
  requestsPerMinute?: number;
  /** The most pieces that an answer is streamed in; 6 by default. */
  pieces?: number;
  /** The number of calls kept for `calls`; 1000 by default. */
  keepCalls?: number;
}

/** A strict fake of a model's API on 127.0.0.1, with streaming, latencies and faults on demand. */
export interface FakeModel {
  /** Starts listening. The address is that for the provider's settings. */
  start(): Promise<{ baseUrl: string }>;
  /** Stops listening and breaks open connections. */
  stop(): Promise<void>;
  readonly faults: Pick<FaultQueue, "order" | "clear">;
  /** The latest calls, oldest first. */
  readonly calls: readonly ModelCall[];
  /** Calls since the start, without those refused for a wrong key or shape. */
  readonly callCount: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** The texts of each call for embeddings, oldest first. */
  readonly embedded: readonly (readonly string[])[];
  /** Connections opened since the start. */
  readonly connectionCount: number;
  /** Resolves once `reached` returns true; it is called whenever a call starts or ends. */
  waitUntil(reached: (fake: FakeModel) => boolean): Promise<void>;
}

/** The reason of the signal that aborts when the caller disconnects. */
const callerLeft = (): AppError => new AppError("The caller left.", { code: "CALLER_LEFT" });

export function createFakeModel(wire: Wire, options: FakeModelOptions): FakeModel {
  const { clock, apiKey, model, embeddingModel = "embedding-test" } = options;
  const known: Known = { apiKey, model, embeddingModel };
  const faults = createFaultQueue();
  const quota = createMinuteQuota(options.requestsPerMinute ?? Number.POSITIVE_INFINITY, () => clock.now());
  const keptCalls = options.keepCalls ?? 1000;
  const log = createCallLog(() => clock.now(), keptCalls);
  const embedded: (readonly string[])[] = [];

  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort(callerLeft()));
    handle(request, response, gone.signal).catch((error: unknown) => {
      if (gone.signal.aborted) return;
      if (response.headersSent) response.destroy();
      else sendError(response, wire.errors.of(500, String(error)));
    });
  });

  let connectionCount = 0;
  server.on("connection", () => {
    connectionCount += 1;
  });

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    const target = wire.route(request, known);
    if (isWireError(target)) return sendError(response, target);
    const body = await readBody(request);
    switch (target) {
      case "describe":
        return await describe(wire.describe(model), response, gone);
      case "list":
        return await describe(wire.list(known), response, gone);
      case "embed":
        return await embed(body, response, gone);
      case "answer": {
        const asked = wire.readAnswer(request, body, known);
        return isWireError(asked) ? sendError(response, asked) : await answer(asked, response, gone);
      }
    }
  }

  async function describe(body: object, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const fault = faults.take();
    if (fault && (await failAtOnce(fault, wire, response, gone))) return;
    sendJson(response, 200, body);
  }

  async function embed(body: string, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const texts = wire.readTexts(body, known);
    if (isWireError(texts)) return sendError(response, texts);
    embedded.push(texts);
    if (embedded.length > keptCalls) embedded.shift();
    await describe(wire.vectors(texts.map(standInVector), embeddingModel), response, gone);
  }

  async function answer(asked: AskedAnswer, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const { request, streamed } = asked;
    const waitSeconds = quota.take();
    const overQuota = { kind: "rate-limit", retryAfterSeconds: waitSeconds } as const;
    const fault = waitSeconds > 0 ? overQuota : (faults.take() ?? options.fault?.(request));
    const call = log.start(request, { streamed, fault: fault?.kind });
    gone.addEventListener("abort", () => log.end(call, "aborted"), { once: true });
    if (fault && (await failAtOnce(fault, wire, response, gone, () => log.end(call, "failed")))) return;
    const plan = planAnswer(asked, fault);
    if (fault?.kind === "prompt-blocked") {
      const blocked = wire.blocked(plan.reply, fault.reason);
      if ("error" in blocked) {
        log.end(call, "failed");
        return sendError(response, blocked.error);
      }
    }
    const isWhole = streamed
      ? await streamAnswer(plan, wire, response, clock, gone)
      : await sendAtOnce(plan, response, gone);
    // Before the last byte: the caller may call again before this side sees the connection close.
    log.end(call, isWhole ? "answered" : "failed");
    response.end();
  }

  async function sendAtOnce(
    { reply, pieces, latency, fault }: AnswerPlan,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<boolean> {
    if (latency.totalMs > 0) await clock.sleep(latency.totalMs, gone);
    const finish = fault?.kind === "finish" ? fault.reason : "STOP";
    const body = fault?.kind === "empty" ? wire.empty(reply) : wire.whole(reply, pieces.join(""), finish);
    response.writeHead(200, { "Content-Type": "application/json; charset=UTF-8" });
    response.write(JSON.stringify(body));
    return fault === undefined;
  }

  function planAnswer(asked: AskedAnswer, fault: ModelFault | undefined): AnswerPlan {
    const { request } = asked;
    const text = (options.respond ?? replyFromFirstPassage)(request);
    const pieces = fault?.kind === "drip" ? Array.from(text) : cutIntoPieces(text, options.pieces ?? 6);
    const latency = options.latency?.(request) ?? { firstMs: 0, totalMs: 0 };
    const reply: Reply = {
      asked,
      model,
      usage: {
        promptTokens: countTokens(request.system + request.question),
        outputTokens: countTokens(text),
      },
      ...(fault?.kind === "odd-usage" ? { usageSent: fault.usage } : {}),
    };
    return { reply, pieces, latency, fault };
  }

  const fake: FakeModel = {
    async start() {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port ?? 0, "127.0.0.1", () => resolve());
      });
      return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${wire.root}` };
    },
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
    faults,
    get calls() {
      return log.recent;
    },
    get callCount() {
      return log.count;
    },
    get inFlight() {
      return log.inFlight;
    },
    get peakInFlight() {
      return log.peakInFlight;
    },
    get embedded() {
      return embedded;
    },
    get connectionCount() {
      return connectionCount;
    },
    waitUntil: (reached) => log.waitUntil(() => reached(fake)),
  };
  return fake;
}
