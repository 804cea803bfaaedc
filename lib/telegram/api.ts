import type { Readable } from "node:stream";
import { Api, Transport, type TransportOptions, type User } from "node-telegram-bot-api";
import { OperatorError, type ProxySettings, proxyFor } from "../core/index.ts";
import { type MeasureOptions, monitorPerformance, performanceMonitor } from "../performance/index.ts";
import { classifyFailure, fromDownload, TelegramError, toTelegramError } from "./failures.ts";
import { createTelegramHttp, type TelegramHttp } from "./http.ts";
import { type Multipart, multipartOf } from "./multipart.ts";

export interface TelegramApiOptions {
  token: string;
  /** The address of the Bot API; Telegram's own when omitted. */
  apiRoot?: string;
  /** How long one call may take, in milliseconds; a long poll has its waiting time on top. 30 s when omitted. */
  timeoutMs?: number;
  /** How long an upload may take, in milliseconds. Five minutes when omitted: 50 MB over a slow line. */
  uploadTimeoutMs?: number;
  /** The proxies to go through; none when omitted. */
  proxies?: ProxySettings;
}

const TELEGRAM_ROOT = "https://api.telegram.org";

/**
 * Every method of the Bot API, tried exactly once: the caller decides whether a failed call may be repeated.
 * Each is measured as `telegram.<method>`, and an upload within it as `file.upload`.
 * Rejects with `TelegramError`, or with the signal's reason when the caller aborted.
 */
export class TelegramApi extends Api {
  readonly #http: TelegramHttp;
  readonly #token: string;
  readonly #transportOptions: TransportOptions;
  /** The address of files; holds the token. */
  readonly #filesRoot: string;

  constructor(options: TelegramApiOptions) {
    const { token, apiRoot, timeoutMs = 30_000, uploadTimeoutMs = 300_000, proxies } = options;
    const http = createTelegramHttp({
      timeoutMs,
      uploadTimeoutMs,
      proxyFor: (url) => proxies && proxyFor(url, proxies),
    });
    const transportOptions = {
      ...(apiRoot === undefined ? {} : { apiRoot: checkedRoot(apiRoot) }),
      maxRetries: 0,
      timeoutMs: 0,
    };
    super(token, { ...transportOptions, fetch: http.fetch });
    this.#token = token;
    this.#transportOptions = transportOptions;
    this.#http = http;
    this.#filesRoot = `${(apiRoot ?? TELEGRAM_ROOT).replace(/\/+$/, "")}/file/bot${token}`;
  }

  /** Calls a method by its name. */
  call<Result = unknown>(
    method: string,
    params?: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<Result> {
    return this.request(method, params, signal);
  }

  /**
   * Begins to read a file by the path `getFile` gave. The caller reads the stream to its end, or destroys it.
   * @param signal also ends the reading
   */
  async download(filePath: string, signal: AbortSignal): Promise<Readable> {
    const address = `${this.#filesRoot}/${filePath.split("/").map(encodeURIComponent).join("/")}`;
    try {
      const answer = await this.#http.download(address, signal);
      if (answer.statusCode === 200) return answer;
      answer.destroy();
      throw fromDownload(answer.statusCode ?? 0);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw toTelegramError("download", error);
    }
  }

  /** Closes idle connections. */
  closeConnections(): void {
    this.#http.closeConnections();
  }

  /** The library's methods end here; not decorated because the operation's name depends on the method. */
  protected override request<Result>(
    method: string,
    params?: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const name = `telegram.${method}`;
    return performanceMonitor.measure(name, () => this.#try<Result>(method, params, signal), measuring(name));
  }

  async #try<Result>(
    method: string,
    params: Record<string, unknown> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    try {
      const uploads = multipartOf(params ?? {});
      if (uploads) return (await this.#upload(method, uploads, signal)) as Result;
      return await super.request<Result>(method, params, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw toTelegramError(method, error);
    }
  }

  /** A call with uploads, through the library's transport but with our own body. */
  @monitorPerformance("file.upload")
  #upload(method: string, body: Multipart, signal?: AbortSignal): Promise<unknown> {
    const fetch = this.#http.fetchWith(body);
    return new Transport(this.#token, { ...this.#transportOptions, fetch }).request(method, {}, signal);
  }
}

/** Calls that nobody waits for: a long poll, and the menus, which are published while the library is indexed. */
const NEVER_SLOW: readonly string[] = ["telegram.getUpdates", "telegram.setMyCommands"];

/** Sends add up to one part of a breakdown. */
function measuring(name: string): MeasureOptions {
  if (NEVER_SLOW.includes(name)) return { slowMs: null };
  return { part: name.startsWith("telegram.send") ? "telegram.send" : name };
}

/** Whether the token is valid, as far as Telegram could be asked. */
export type TokenCheck = { kind: "valid"; bot: User } | { kind: "unreachable"; error: TelegramError };

/**
 * Asks Telegram who the bot is.
 * @throws OperatorError when Telegram does not know the token.
 */
export async function checkToken(api: Pick<TelegramApi, "getMe">, signal?: AbortSignal): Promise<TokenCheck> {
  try {
    return { kind: "valid", bot: await api.getMe(signal) };
  } catch (error) {
    if (classifyFailure(error).kind === "unauthorized") throw wrongToken(error);
    if (error instanceof TelegramError) return { kind: "unreachable", error };
    throw error;
  }
}

/** What an operator reads when Telegram does not accept the token. */
function wrongToken(cause: unknown): OperatorError {
  return new OperatorError(
    "Telegram does not accept TELEGRAM_BOT_TOKEN: copy the token again from @BotFather (and check TELEGRAM_API_ROOT if it is set).",
    { code: "TELEGRAM_TOKEN", cause },
  );
}

/** Checked here because an invalid address would surface later in an error that quotes it with the token. */
function checkedRoot(apiRoot: string): string {
  if (URL.canParse(apiRoot) && /^https?:$/.test(new URL(apiRoot).protocol)) return apiRoot;
  throw new OperatorError(
    "TELEGRAM_API_ROOT must be an http or https address, such as http://127.0.0.1:8081.",
    { code: "TELEGRAM_API_ROOT" },
  );
}
