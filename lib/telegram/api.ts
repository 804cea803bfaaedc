import type { Readable } from "node:stream";
import { Api, Transport, type TransportOptions, type User } from "node-telegram-bot-api";
import { type Measure, OperatorError, unmeasured } from "../core/index.ts";
import { classifyFailure, fromDownload, TelegramError, toTelegramError } from "./failures.ts";
import { createTelegramHttp, type TelegramHttp } from "./http.ts";
import { multipartOf } from "./multipart.ts";

export interface TelegramApiOptions {
  token: string;
  /** Where the Bot API is; Telegram's own when omitted. */
  apiRoot?: string;
  /** The time one call may take, in milliseconds; a long poll has its waiting time on top. 30 s when omitted. */
  timeoutMs?: number;
  /** The time an upload may take, in milliseconds. Five minutes when omitted: 50 MB over a slow line. */
  uploadTimeoutMs?: number;
  /** Records each call as `telegram.<method>`. */
  measure?: Measure;
}

/** Where the Bot API is. */
const TELEGRAM_ROOT = "https://api.telegram.org";

/**
 * Every method of the Bot API, tried exactly once: whether a failed call may be repeated is for its caller to say.
 * Rejects with `TelegramError`, or with the signal's reason when the caller aborted.
 */
export class TelegramApi extends Api {
  private readonly http: TelegramHttp;
  private readonly token: string;
  private readonly transportOptions: TransportOptions;
  private readonly measure: Measure;
  /** Where files are; holds the token. */
  private readonly filesRoot: string;

  constructor({
    token,
    apiRoot,
    timeoutMs = 30_000,
    uploadTimeoutMs = 300_000,
    measure,
  }: TelegramApiOptions) {
    const http = createTelegramHttp({ timeoutMs, uploadTimeoutMs });
    const transportOptions = {
      ...(apiRoot === undefined ? {} : { apiRoot: checkedRoot(apiRoot) }),
      maxRetries: 0,
      timeoutMs: 0,
    };
    super(token, { ...transportOptions, fetch: http.fetch });
    this.token = token;
    this.transportOptions = transportOptions;
    this.http = http;
    this.measure = measure ?? unmeasured;
    this.filesRoot = `${(apiRoot ?? TELEGRAM_ROOT).replace(/\/+$/, "")}/file/bot${token}`;
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
   * Begins to read a file by the path `getFile` gave; its caller reads the stream to its end, or destroys it.
   * @param signal ends the reading, too
   */
  async download(filePath: string, signal: AbortSignal): Promise<Readable> {
    const address = `${this.filesRoot}/${filePath.split("/").map(encodeURIComponent).join("/")}`;
    try {
      const answer = await this.http.download(address, signal);
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
    this.http.closeConnections();
  }

  protected override request<Result>(
    method: string,
    params?: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<Result> {
    return this.measure(`telegram.${method}`, async () => {
      try {
        return await (this.uploading<Result>(method, params, signal) ??
          super.request<Result>(method, params, signal));
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw toTelegramError(method, error);
      }
    });
  }

  /** The call, when it has uploads: through the library's transport as any other, but with a body of ours. */
  private uploading<Result>(
    method: string,
    params: Record<string, unknown> = {},
    signal?: AbortSignal,
  ): Promise<Result> | undefined {
    const body = multipartOf(params);
    if (!body) return undefined;
    const transport = new Transport(this.token, {
      ...this.transportOptions,
      fetch: this.http.fetchWith(body),
    });
    // A part of its own, so that a slow call with a big file tells what made it slow.
    return this.measure("file.upload", () => transport.request<Result>(method, {}, signal));
  }
}

/** A client of the Bot API. */
export function createTelegramApi(options: TelegramApiOptions): TelegramApi {
  return new TelegramApi(options);
}

/** Whether the token is good, as far as can be said now. */
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

/** The one line for a token Telegram does not accept. */
export function wrongToken(cause: unknown): OperatorError {
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
    {
      code: "TELEGRAM_API_ROOT",
    },
  );
}
