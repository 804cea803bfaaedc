import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError, type Clock } from "../../../core/index.ts";
import { type AnswerLatency, type AnswerPlan, responseBody, streamAnswer } from "./answer-stream.ts";
import { createCallLog, type GeminiCall } from "./calls.ts";
import { failAtOnce, sendError, sendJson } from "./failures.ts";
import { createFaultQueue, type FaultQueue, type GeminiFault } from "./faults.ts";
import { googleError, isGoogleError } from "./google-error.ts";
import { createMinuteQuota } from "./minute-quota.ts";
import { cutIntoPieces, replyFromFirstPassage } from "./reply.ts";
import { type GenerateRequest, readBody, readGenerateRequest, route } from "./request.ts";

export interface FakeGeminiOptions {
  clock: Clock;
  /** The only key it accepts. */
  apiKey: string;
  /** The only model it knows. */
  model: string;
  /** 0, the default, takes a free port. */
  port?: number;
  /** The answer of the model; by default made of the first passage in the prompt. */
  respond?: (request: GenerateRequest) => string;
  /** How long a call takes; no time by default. */
  latency?: (request: GenerateRequest) => AnswerLatency;
  /** Decides the fault of each call for which none was ordered; none by default. */
  fault?: (request: GenerateRequest) => GeminiFault | undefined;
  /** The calls accepted within any minute; more get a 429 that names the wait. Unlimited by default. */
  requestsPerMinute?: number;
  /** The most pieces that an answer is streamed in; 6 by default. */
  pieces?: number;
  /** The number of calls kept for `calls`; 1000 by default. */
  keepCalls?: number;
}

/** A strict fake of the Gemini API on 127.0.0.1, with streaming, latencies and faults on demand. */
export interface FakeGemini {
  /** Starts listening. */
  start(): Promise<{ baseUrl: string }>;
  /** Stops listening and breaks open connections. */
  stop(): Promise<void>;
  readonly faults: Pick<FaultQueue, "order" | "clear">;
  /** The latest calls, oldest first. */
  readonly calls: readonly GeminiCall[];
  /** Calls since the start, without those refused for a wrong key or shape. */
  readonly callCount: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** Connections opened since the start. */
  readonly connectionCount: number;
  /** Resolves once `reached` returns true; it is called whenever a call starts or ends. */
  waitUntil(reached: (gemini: FakeGemini) => boolean): Promise<void>;
}

/** The reason of the signal that aborts when the caller disconnects. */
const callerLeft = (): AppError => new AppError("The caller left.", { code: "CALLER_LEFT" });

export function createFakeGemini(options: FakeGeminiOptions): FakeGemini {
  const { clock, apiKey, model } = options;
  const faults = createFaultQueue();
  const quota = createMinuteQuota(options.requestsPerMinute ?? Number.POSITIVE_INFINITY, () => clock.now());
  const log = createCallLog(() => clock.now(), options.keepCalls ?? 1000);

  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort(callerLeft()));
    handle(request, response, gone.signal).catch((error: unknown) => {
      if (gone.signal.aborted) return;
      if (response.headersSent) response.destroy();
      else sendError(response, googleError(500, String(error)));
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
    const target = route(request, { apiKey, model });
    if (isGoogleError(target)) return sendError(response, target);
    if (target === "describe") return await describeModel(response, gone);
    const body = readGenerateRequest(await readBody(request));
    if (isGoogleError(body)) return sendError(response, body);
    await answer(body, target === "stream", response, gone);
  }

  async function describeModel(response: ServerResponse, gone: AbortSignal): Promise<void> {
    const fault = faults.take();
    if (fault && (await failAtOnce(fault, response, gone))) return;
    sendJson(response, 200, {
      name: `models/${model}`,
      displayName: model,
      supportedGenerationMethods: ["generateContent", "countTokens"],
    });
  }

  async function answer(
    request: GenerateRequest,
    streamed: boolean,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    const waitSeconds = quota.take();
    const overQuota = { kind: "rate-limit", retryAfterSeconds: waitSeconds } as const;
    const fault = waitSeconds > 0 ? overQuota : (faults.take() ?? options.fault?.(request));
    const call = log.start(request, { streamed, fault: fault?.kind });
    gone.addEventListener("abort", () => log.end(call, "aborted"), { once: true });
    if (fault && (await failAtOnce(fault, response, gone, () => log.end(call, "failed")))) return;
    const plan = planAnswer(request, fault);
    const isWhole = streamed
      ? await streamAnswer(plan, response, clock, gone)
      : await sendAtOnce(plan, response, gone);
    // Before the last byte: the caller may call again before this side sees the connection close.
    log.end(call, isWhole ? "answered" : "failed");
    response.end();
  }

  async function sendAtOnce(plan: AnswerPlan, response: ServerResponse, gone: AbortSignal): Promise<boolean> {
    const { latency, fault } = plan;
    if (latency.totalMs > 0) await clock.sleep(latency.totalMs, gone);
    const reason = fault?.kind === "finish" ? fault.reason : "STOP";
    response.writeHead(200, { "Content-Type": "application/json; charset=UTF-8" });
    response.write(JSON.stringify(responseBody(plan, plan.pieces.join(""), reason)));
    return fault === undefined;
  }

  function planAnswer(request: GenerateRequest, fault: GeminiFault | undefined): AnswerPlan {
    const text = (options.respond ?? replyFromFirstPassage)(request);
    const pieces = fault?.kind === "drip" ? Array.from(text) : cutIntoPieces(text, options.pieces ?? 6);
    const latency = options.latency?.(request) ?? { firstMs: 0, totalMs: 0 };
    return { request, pieces, latency, fault, model };
  }

  const gemini: FakeGemini = {
    async start() {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port ?? 0, "127.0.0.1", () => resolve());
      });
      return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
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
    get connectionCount() {
      return connectionCount;
    },
    waitUntil: (reached) => log.waitUntil(() => reached(gemini)),
  };
  return gemini;
}
