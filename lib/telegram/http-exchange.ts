import type http from "node:http";
import { AppError } from "../core/index.ts";
import type { Multipart } from "./multipart.ts";

/** An HTTP response whose body was read. */
export interface HttpAnswer {
  status: number;
  text: string;
}

/** A request over `node:http` or `node:https`. */
export interface HttpRequest {
  url: URL;
  /** That of `node:http` or `node:https`. */
  request: typeof http.request;
  agent: http.Agent;
  headers: Record<string, string>;
  signal: AbortSignal | undefined;
}

export interface HttpPost extends HttpRequest {
  /** A string, or a body that is read no faster than the server takes it. */
  body: string | Multipart;
  /** From the call to the end of the response, in milliseconds. */
  timeoutMs: number;
}

/** The longest answer, in bytes: a hundred updates, each far longer than Telegram makes them. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * One POST. Rejects with the signal's reason, with a `TimeoutError` after `timeoutMs`, and with code `NOT_CONNECTED`
 * when there was no connection, so that nothing was sent. An answer without end is ended, like a broken connection.
 */
export function post(options: HttpPost): Promise<HttpAnswer> {
  const { body, signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const length = typeof body === "string" ? Buffer.byteLength(body) : body.sizeBytes;
    const { outgoing, isConnected } = open({ ...options, method: "POST", length });
    const chunks = typeof body === "string" ? undefined : body.chunks();
    let reason: unknown;
    const giveUp = (why: unknown): void => {
      reason = why;
      outgoing.destroy(new Error("aborted"));
    };
    const abort = (): void => giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    // A plain timer rather than an AbortSignal: every call to Telegram pays for it.
    const timeOut = (): void => giveUp(new DOMException(`No answer in ${timeoutMs} ms`, "TimeoutError"));
    const timer = setTimeout(timeOut, timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      // Closes a file being uploaded, even when the last chunk was never acknowledged.
      chunks?.return(undefined).catch(() => {});
    };
    const fail = (error: Error): void => {
      end();
      const cause = reason ?? error;
      reject(isConnected() ? cause : new AppError("No connection", { code: "NOT_CONNECTED", cause }));
    };
    outgoing.on("error", fail);
    outgoing.once("response", (response) => {
      const parts: Buffer[] = [];
      let sizeBytes = 0;
      response.on("data", (part: Buffer) => {
        sizeBytes += part.length;
        if (sizeBytes > MAX_ANSWER_BYTES)
          giveUp(new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`));
        else parts.push(part);
      });
      response.on("error", fail);
      response.once("end", () => {
        end();
        const text = Buffer.concat(parts).toString("utf8");
        // A server that answers before it has read the whole body (too large) does not want the rest.
        if (!outgoing.writableFinished) outgoing.destroy();
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    if (chunks) writeAll(chunks, outgoing).catch((error: Error) => outgoing.destroy(error));
    else outgoing.end(body);
  });
}

/** Asks for a chunk only after the previous one was handed to the system. */
async function writeAll(chunks: AsyncIterable<Uint8Array>, outgoing: http.ClientRequest): Promise<void> {
  for await (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      outgoing.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
  outgoing.end();
}

/** One GET, whose body is read by the caller. Rejects as `post` does, but has no timeout. */
export function get(options: HttpRequest): Promise<http.IncomingMessage> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const { outgoing, isConnected } = open({ ...options, method: "GET" });
    const abort = (): void => {
      outgoing.destroy(new Error("aborted"));
    };
    signal?.addEventListener("abort", abort, { once: true });
    outgoing.once("close", () => signal?.removeEventListener("abort", abort));
    outgoing.once("error", (error: Error) => {
      const cause = signal?.aborted ? (signal.reason as Error) : error;
      reject(isConnected() ? cause : new AppError("No connection", { code: "NOT_CONNECTED", cause }));
    });
    outgoing.once("response", resolve);
    outgoing.end();
  });
}

/** Begins a request; `isConnected` tells whether it has ever had a connection. */
function open({
  url,
  request,
  agent,
  headers,
  method,
  length,
}: Omit<HttpRequest, "signal"> & { method: string; length?: number }) {
  const sized = length === undefined ? {} : { "content-length": length };
  const outgoing = request(url, { method, agent, headers: { ...headers, ...sized } });
  let connected = false;
  outgoing.once("socket", (socket) => {
    const isSecure = url.protocol === "https:";
    // A proxy's agent hands out a connection once its tunnel stands.
    if (outgoing.reusedSocket || (!isSecure && !socket.connecting)) connected = true;
    else socket.once(isSecure ? "secureConnect" : "connect", () => (connected = true));
  });
  return { outgoing, isConnected: () => connected };
}
