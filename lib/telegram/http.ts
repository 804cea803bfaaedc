import http from "node:http";
import https from "node:https";
import { AppError, childOf } from "../core/index.ts";

/** An answer of an HTTP server, its body read. */
export interface HttpAnswer {
  status: number;
  text: string;
}

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
  /** Closes idle connections. */
  closeConnections(): void;
}

/**
 * The `fetch` of the Telegram client: keep-alive `node:http` for ordinary calls (a quarter of the default fetch's
 * CPU), the default fetch for uploads. It has only what the library's transport uses of `fetch`, gives every call a
 * deadline, and refuses answers that are not JSON objects as `NotJsonAnswer`.
 */
export function createTelegramHttp({ timeoutMs, uploadTimeoutMs }: TelegramHttpOptions): TelegramHttp {
  const options = { keepAlive: true, maxSockets: 256, maxFreeSockets: 64, timeout: IDLE_MS };
  const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };

  const call = async (address: string, init: RequestInit): Promise<Response> => {
    const url = new URL(address);
    const form = init.body instanceof URLSearchParams ? init.body : undefined;
    // A long poll names its waiting time in the request.
    const waitMs = form && url.pathname.endsWith("/getUpdates") ? Number(form.get("timeout") ?? 0) * 1000 : 0;
    const deadlineMs = form ? (waitMs > 0 ? waitMs + LONG_POLL_GRACE_MS : timeoutMs) : uploadTimeoutMs;
    const answer = await withinDeadline(deadlineMs, init.signal ?? undefined, (signal) =>
      form ? post(url, form, init, signal) : upload(address, init, signal),
    );
    if (!answer.text.startsWith("{")) throw new NotJsonAnswer(answer.status);
    return { status: answer.status, text: () => Promise.resolve(answer.text) } as Response;
  };

  function post(
    url: URL,
    form: URLSearchParams,
    init: RequestInit,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const secure = url.protocol === "https:";
    const agent = secure ? agents["https:"] : agents["http:"];
    return exchange((secure ? https : http).request, url, agent, form.toString(), init, signal);
  }

  return {
    fetch: call as typeof fetch,
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

async function upload(address: string, init: RequestInit, signal: AbortSignal): Promise<HttpAnswer> {
  const response = await fetch(address, { ...init, signal });
  return { status: response.status, text: await response.text() };
}

/** One POST over `node:http`. Rejects with code `NOT_CONNECTED` when no connection stood, so nothing was sent. */
function exchange(
  request: typeof http.request,
  url: URL,
  agent: http.Agent,
  body: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const headers = {
      ...(init.headers as Record<string, string>),
      "content-length": Buffer.byteLength(body),
    };
    const outgoing = request(url, { method: "POST", agent, headers });
    let connected = false;
    outgoing.once("socket", (socket) => {
      const connectedEvent = url.protocol === "https:" ? "secureConnect" : "connect";
      if (outgoing.reusedSocket) connected = true;
      else socket.once(connectedEvent, () => (connected = true));
    });
    const abort = (): void => {
      outgoing.destroy(new Error("aborted"));
    };
    signal.addEventListener("abort", abort, { once: true });
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", abort);
      const cause = signal.aborted ? (signal.reason as Error) : error;
      reject(connected ? cause : new AppError("No connection", { code: "NOT_CONNECTED", cause }));
    };
    outgoing.on("error", fail);
    outgoing.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", fail);
      response.once("end", () => {
        signal.removeEventListener("abort", abort);
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    outgoing.end(body);
  });
}
