import http from "node:http";
import https from "node:https";
import type { ReadableStream } from "node:stream/web";
import { childOf } from "../core/index.ts";
import { get, type HttpRequest, post } from "./http-exchange.ts";

/** An answer that is no JSON object, so not the Bot API's. Its body is not kept: it may quote the address. */
export class NotJsonAnswer extends Error {
  override readonly name = "NotJsonAnswer";
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status} without a JSON object`);
    this.status = status;
  }
}

export interface TelegramHttpOptions {
  /** The time one call may take, in milliseconds; a long poll has its own waiting time on top. */
  timeoutMs: number;
  /** The time an upload may take, in milliseconds. */
  uploadTimeoutMs: number;
}

/** How long idle connections are kept, in milliseconds. */
const IDLE_MS = 60_000;

export interface TelegramHttp {
  fetch: typeof fetch;
  /** Begins to read what is at an address; its caller reads the body, or destroys it. */
  download(address: string, signal: AbortSignal): Promise<http.IncomingMessage>;
  /** Closes idle connections. */
  closeConnections(): void;
}

/**
 * The `fetch` of the Telegram client, over keep-alive `node:http` (a quarter of the default fetch's CPU). It has only
 * what the library's transport uses of `fetch`: a form, or an upload as a stream, of which no more is read than the
 * connection takes. It gives every call a deadline, and refuses answers that are not JSON objects as `NotJsonAnswer`.
 */
export function createTelegramHttp({ timeoutMs, uploadTimeoutMs }: TelegramHttpOptions): TelegramHttp {
  const options = { keepAlive: true, maxSockets: 256, maxFreeSockets: 256, timeout: IDLE_MS };
  const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };

  function asked(url: URL, signal: AbortSignal, headers = {}): Omit<HttpRequest, "body"> {
    const isSecure = url.protocol === "https:";
    const agent = isSecure ? agents["https:"] : agents["http:"];
    return { url, request: (isSecure ? https : http).request, agent, headers, signal };
  }

  function deadlineMs(url: URL, body: URLSearchParams | ReadableStream): number {
    if (!(body instanceof URLSearchParams)) return uploadTimeoutMs;
    // A long poll names its waiting time in the request.
    const waitMs = url.pathname.endsWith("/getUpdates") ? Number(body.get("timeout") ?? 0) * 1000 : 0;
    return waitMs > 0 ? waitMs + LONG_POLL_GRACE_MS : timeoutMs;
  }

  const call = async (address: string, init: RequestInit): Promise<Response> => {
    const url = new URL(address);
    const body = init.body as URLSearchParams | ReadableStream;
    const answer = await withinDeadline(deadlineMs(url, body), init.signal ?? undefined, (signal) =>
      post({
        ...asked(url, signal, init.headers),
        body: body instanceof URLSearchParams ? body.toString() : body,
      }),
    );
    if (!answer.text.startsWith("{")) throw new NotJsonAnswer(answer.status);
    return { status: answer.status, text: () => Promise.resolve(answer.text) } as Response;
  };

  return {
    fetch: call as typeof fetch,
    download: (address, signal) => get(asked(new URL(address), signal)),
    closeConnections() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** How much longer than its waiting time a long poll may take, in milliseconds. */
const LONG_POLL_GRACE_MS = 5_000;

/** As core's `withDeadline`, but on a plain timer, at a quarter of its CPU: every call to Telegram pays for it. */
async function withinDeadline<T>(
  ms: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const call = childOf(caller);
  const timeOut = (): void => call.abort(new DOMException(`No answer in ${ms} ms`, "TimeoutError"));
  const timer = setTimeout(timeOut, ms);
  try {
    return await work(call.signal);
  } finally {
    clearTimeout(timer);
    call.release();
  }
}
