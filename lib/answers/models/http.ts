import { setImmediate as nextTurn } from "node:timers/promises";
import { type ModelError, statusError } from "./model-error.ts";
import { delayMs, delayNamedIn } from "./retry-delay.ts";

/** What an error response says; every part may be missing or of any shape. */
export interface ErrorBody {
  /** The provider's sentence. */
  message?: string | undefined;
  /** The provider's code, such as `API_KEY_INVALID`. */
  reason?: string | undefined;
  retryAfterMs?: number | undefined;
  isDailyQuota?: boolean;
}

/** An HTTP response that is no success. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly status: number;
  /** The `Retry-After` header, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The body's JSON; undefined when it is none. */
  readonly body: unknown;

  constructor(status: number, details: { retryAfterMs?: number | undefined; body?: unknown } = {}) {
    super(`HTTP status ${status}`);
    this.status = status;
    this.retryAfterMs = details.retryAfterMs;
    this.body = details.body;
  }
}

/** Error bodies are small; of a larger one the status is enough (bytes). */
const MAX_ERROR_BYTES = 64 * 1024;

/** Longest response, far beyond any answer: what comes after it is not read (bytes). */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/**
 * Longest line of an event stream, far beyond a piece of any answer (bytes). The client libraries read an unfinished line
 * again with each part of it, which for a line of the greatest response would take seconds of CPU.
 */
const MAX_LINE_BYTES = 256 * 1024;
/** So much of a response is taken up before others get their turn (bytes): a client library parses all it is given at once. */
const MAX_BYTES_PER_TURN = 32 * 1024;
const NEW_LINE = 10;

/**
 * `fetch` for calls to models. It follows no redirect, which would carry key and question to whichever host it names,
 * and ends a response without end.
 * @throws HttpFailure for a status other than success, or what `fetch` throws
 */
export async function fetchFromModel(
  input: Parameters<typeof fetch>[0],
  init?: RequestInit,
  follow: typeof fetch = fetch,
): Promise<Response> {
  const response = await follow(input, { ...init, redirect: "manual" });
  if (response.ok) return bounded(response);
  const text = await readBounded(response, MAX_ERROR_BYTES);
  throw new HttpFailure(response.status, {
    retryAfterMs: retryAfterOf(response.headers),
    body: parseJson(text),
  });
}

/** The error for a failed response, with what the provider says in it. */
export function failureError(failure: HttpFailure, said: ErrorBody): ModelError {
  const { status, retryAfterMs } = failure;
  const wait = said.retryAfterMs ?? retryAfterMs ?? delayNamedIn(said.message);
  const explanation =
    status >= 300 && status < 400
      ? "It redirects to another address, where neither key nor questions are sent"
      : said.message;
  return statusError(status, { ...said, message: explanation, retryAfterMs: wait, cause: failure });
}

/** The failed response behind an error of a client library. */
export function failureBehind(error: unknown): HttpFailure | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof HttpFailure) return cause;
  }
  return undefined;
}

function retryAfterOf(headers: Headers): number | undefined {
  const inMs = headers.get("retry-after-ms");
  if (inMs !== null && /^\d+(\.\d+)?$/.test(inMs)) return Math.ceil(Number(inMs));
  return delayMs(headers.get("retry-after"), Date.parse(headers.get("date") ?? ""));
}

function bounded(response: Response): Response {
  if (!response.body) return response;
  const { status, statusText, headers } = response;
  const isEventStream = headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  let sizeBytes = 0;
  let lineBytes = 0;
  let bytesThisTurn = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      sizeBytes += chunk.byteLength;
      bytesThisTurn += chunk.byteLength;
      if (bytesThisTurn > MAX_BYTES_PER_TURN) {
        bytesThisTurn = 0;
        await nextTurn();
      }
      const lineEnd = chunk.lastIndexOf(NEW_LINE);
      lineBytes = lineEnd < 0 ? lineBytes + chunk.byteLength : chunk.byteLength - lineEnd - 1;
      const isTooLong = sizeBytes > MAX_RESPONSE_BYTES || (isEventStream && lineBytes > MAX_LINE_BYTES);
      if (isTooLong) controller.terminate();
      else controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counting), { status, statusText, headers });
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > maxBytes) break; // leaving the loop cancels the response
    }
  } catch {
    return ""; // broken off: the status is enough
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's HTML page
  }
}
