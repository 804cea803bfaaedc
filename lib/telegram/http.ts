import http from "node:http";
import https from "node:https";
import { HttpsProxyAgent } from "https-proxy-agent";
import { get, type HttpAnswer, type HttpRequest, post } from "./http-exchange.ts";
import type { Multipart } from "./multipart.ts";

/** A response that is no JSON object, so not the Bot API's. Its body is not kept: it may quote the address. */
export class NotJsonAnswer extends Error {
  override readonly name = "NotJsonAnswer";
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status} without a JSON object`);
    this.status = status;
  }
}

export interface TelegramHttpOptions {
  /** How long one call may take, in milliseconds; a long poll has its own waiting time on top. */
  timeoutMs: number;
  /** How long an upload may take, in milliseconds. */
  uploadTimeoutMs: number;
  /** The proxy for an address; undefined for none. */
  proxyFor(url: URL): string | undefined;
}

/** How long idle connections are kept, in milliseconds. */
const IDLE_MS = 60_000;
/** How much longer than its waiting time a long poll may take, in milliseconds. */
const LONG_POLL_GRACE_MS = 5_000;

export interface TelegramHttp {
  /** Posts forms. */
  fetch: typeof fetch;
  /** A `fetch` that posts this body instead of the one it is given. */
  fetchWith(body: Multipart): typeof fetch;
  /** Begins a GET; the caller reads the body, or destroys it. */
  download(address: string, signal: AbortSignal): Promise<http.IncomingMessage>;
  /** Closes idle connections. */
  closeConnections(): void;
}

/**
 * The `fetch` of the Telegram client, over keep-alive `node:http` (a quarter of the default fetch's CPU). It supports
 * only what the library's transport uses, gives every call a deadline, and rejects responses that are not JSON objects
 * with `NotJsonAnswer`.
 */
export function createTelegramHttp({
  timeoutMs,
  uploadTimeoutMs,
  proxyFor,
}: TelegramHttpOptions): TelegramHttp {
  const options = { keepAlive: true, maxSockets: 256, maxFreeSockets: 256, timeout: IDLE_MS };
  const direct = { "http:": new http.Agent(options), "https:": new https.Agent(options) };
  /** By the proxy's address. They tunnel both schemes (CONNECT). */
  const proxied = new Map<string, http.Agent>();

  function agentFor(url: URL): http.Agent {
    const proxy = proxyFor(url);
    if (proxy === undefined) return url.protocol === "https:" ? direct["https:"] : direct["http:"];
    const agent = proxied.get(proxy) ?? new HttpsProxyAgent(proxy, options);
    proxied.set(proxy, agent);
    return agent;
  }

  function requestTo(url: URL, signal: AbortSignal | undefined, headers = {}): HttpRequest {
    const { request } = url.protocol === "https:" ? https : http;
    return { url, request, agent: agentFor(url), headers, signal };
  }

  function deadlineMs(url: URL, form: URLSearchParams): number {
    // A long poll names its waiting time in the request.
    const waitMs = url.pathname.endsWith("/getUpdates") ? Number(form.get("timeout") ?? 0) * 1000 : 0;
    return waitMs > 0 ? waitMs + LONG_POLL_GRACE_MS : timeoutMs;
  }

  const call = async (address: string, init: RequestInit): Promise<Response> => {
    const url = new URL(address);
    const form = init.body as URLSearchParams;
    const request = requestTo(url, init.signal ?? undefined, init.headers);
    return responseOf(await post({ ...request, body: form.toString(), timeoutMs: deadlineMs(url, form) }));
  };

  const upload = async (address: string, body: Multipart, signal?: AbortSignal): Promise<Response> => {
    const request = requestTo(new URL(address), signal, { "content-type": body.contentType });
    return responseOf(await post({ ...request, body, timeoutMs: uploadTimeoutMs }));
  };

  return {
    fetch: call as typeof fetch,
    fetchWith: (body) =>
      ((address: string, init: RequestInit) =>
        upload(address, body, init.signal ?? undefined)) as typeof fetch,
    download: (address, signal) => get(requestTo(new URL(address), signal)),
    closeConnections() {
      for (const agent of [...Object.values(direct), ...proxied.values()]) agent.destroy();
    },
  };
}

function responseOf({ status, text }: HttpAnswer): Response {
  if (!text.startsWith("{")) throw new NotJsonAnswer(status);
  return { status, text: () => Promise.resolve(text) } as Response;
}
