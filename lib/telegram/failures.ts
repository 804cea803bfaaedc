import { NetworkError, ParseError, TelegramApiError, TimeoutError } from "node-telegram-bot-api";
import { AppError } from "../core/index.ts";
import { NotJsonAnswer } from "./http.ts";

/**
 * What a failed call means for the one who made it.
 * - `refused`: Telegram said no (4xx); nothing happened.
 * - `moved`: the group became a supergroup, which has another id (400); nothing happened.
 * - `blocked`: the person blocked the bot, or it was removed from the chat (403).
 * - `too-many-requests`: nothing happened; wait `retryAfterMs` (429).
 * - `not-sent`: the call never reached Telegram; it may be repeated without a copy.
 * - `unauthorized`: the token is wrong or was revoked.
 * - `unknown`: it may or may not have been applied (5xx, timeout, broken connection, unreadable answer).
 */
export type Failure =
  | { kind: "refused"; errorCode: number; description: string }
  | { kind: "too-many-requests"; retryAfterMs: number }
  | { kind: "moved"; toChatId: number }
  | { kind: "blocked" | "not-sent" | "unauthorized" | "unknown" };

/** The failures after which the same call may succeed. */
const PASSING: ReadonlySet<Failure["kind"]> = new Set(["too-many-requests", "not-sent", "unknown"]);

/** The code of an error that ends an upload because its file cannot be read; Telegram takes no half of a call. */
export const FILE_UNREADABLE = "FILE_UNREADABLE";

/** A failed Bot API call. Holds neither the token nor the address it was sent to. */
export class TelegramError extends AppError {
  override readonly name = "TelegramError";
  readonly failure: Failure;

  constructor(message: string, code: string, failure: Failure, cause?: unknown) {
    super(message, { code, cause, retryable: PASSING.has(failure.kind) });
    this.failure = failure;
  }
}

/** What a failed call of our client means. An aborted call, too, may have been applied. */
export function classifyFailure(error: unknown): Failure {
  return error instanceof TelegramError ? error.failure : { kind: "unknown" };
}

/** Whether Telegram could not be reached, or asks to wait; every call would fare so. */
export function isTelegramOutage(error: unknown): boolean {
  const { kind } = classifyFailure(error);
  return kind === "not-sent" || kind === "too-many-requests";
}

/** Turns whatever the library threw for `method` into a `TelegramError`. */
export function toTelegramError(method: string, error: unknown): TelegramError {
  if (error instanceof TelegramError) return error;
  if (error instanceof TelegramApiError) return fromAnswer(method, error);
  const notJson = findCause(error, (cause) => cause instanceof NotJsonAnswer);
  if (notJson) return fromOtherAnswer(method, notJson.status);
  if (findCause(error, isUnreadableFile)) {
    const description = "the file to send cannot be read";
    return new TelegramError(
      `${method}: ${description}`,
      FILE_UNREADABLE,
      { kind: "refused", errorCode: 0, description },
      error,
    );
  }
  if (findCause(error, isNotConnected)) {
    return new TelegramError(
      `${method}: Telegram cannot be reached`,
      "TELEGRAM_UNREACHABLE",
      { kind: "not-sent" },
      error,
    );
  }
  if (findCause(error, (cause) => isNamed(cause, "TimeoutError")) || error instanceof TimeoutError) {
    return new TelegramError(`${method}: no answer in time`, "TELEGRAM_TIMEOUT", { kind: "unknown" }, error);
  }
  if (error instanceof NetworkError || findCause(error, isBrokenConnection)) {
    return new TelegramError(`${method}: connection lost`, "TELEGRAM_CONNECTION", { kind: "unknown" }, error);
  }
  if (error instanceof ParseError) {
    // Without its cause: the library keeps the whole body there, and a proxy's page may quote the address, token included.
    return new TelegramError(`${method}: unreadable answer`, "TELEGRAM_BAD_ANSWER", { kind: "unknown" });
  }
  // Thrown before anything was sent: parameters that cannot be put into a request.
  const description = "the call's parameters cannot be sent";
  return new TelegramError(
    `${method}: ${description}`,
    "TELEGRAM_BAD_CALL",
    { kind: "refused", errorCode: 0, description },
    error,
  );
}

function fromAnswer(method: string, answer: TelegramApiError): TelegramError {
  const errorCode = answer.errorCode as number | undefined;
  const description = answer.description as string | undefined;
  if (errorCode === undefined || description === undefined) {
    return new TelegramError(`${method}: unreadable answer`, "TELEGRAM_BAD_ANSWER", { kind: "unknown" });
  }
  const message = `${method}: ${errorCode} ${withoutQuotes(description)}`;
  return new TelegramError(
    message,
    `TELEGRAM_${errorCode}`,
    meaningOf(method, errorCode, description, answer),
  );
}

function meaningOf(
  method: string,
  errorCode: number,
  description: string,
  answer: TelegramApiError,
): Failure {
  const { retryAfter = 1, migrateToChatId } = answer;
  // Every server knows these two methods, so a 404 to them is about the token in the address.
  const isTokenProbe = method === "getMe" || method === "getUpdates";
  if (errorCode === 401 || (errorCode === 404 && isTokenProbe)) return { kind: "unauthorized" };
  if (errorCode === 403) return { kind: "blocked" };
  if (errorCode === 429) return { kind: "too-many-requests", retryAfterMs: retryAfter * 1000 };
  if (migrateToChatId !== undefined) return { kind: "moved", toChatId: migrateToChatId };
  if (errorCode >= 400 && errorCode < 500) return { kind: "refused", errorCode, description };
  return { kind: "unknown" };
}

/** An answer that is not the Bot API's: a proxy, a gateway in trouble, or a wrong `TELEGRAM_API_ROOT`. */
function fromOtherAnswer(method: string, status: number): TelegramError {
  const message = `${method}: HTTP ${status} with something that is not a Bot API answer`;
  const code = `TELEGRAM_HTTP_${status}`;
  if (status === 413) {
    return new TelegramError(message, code, { kind: "refused", errorCode: status, description: "too large" });
  }
  const kind = status >= 400 && status < 500 ? "not-sent" : "unknown";
  return new TelegramError(message, code, { kind });
}

/** An answer to the download of a file that is not the file. */
export function fromDownload(status: number): TelegramError {
  const message = `download: HTTP ${status}`;
  const isRefused = status >= 400 && status < 500 && status !== 429;
  const failure: Failure = isRefused
    ? { kind: "refused", errorCode: status, description: "the file is not there" }
    : { kind: "unknown" };
  return new TelegramError(message, `TELEGRAM_HTTP_${status}`, failure);
}

/** Telegram's words up to the first quotation, which may hold text of ours or of a person. */
function withoutQuotes(description: string): string {
  return description.split(/"| '/, 1)[0]?.trim().slice(0, 120) ?? "";
}

/** Before a connection stands nothing can have been applied. The codes are Node's and undici's. */
const NOT_CONNECTED = new Set([
  "NOT_CONNECTED",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function isNotConnected(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && NOT_CONNECTED.has(code);
}

/** Node's codes for a connection that broke. */
const BROKEN = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ETIMEDOUT"]);

function isBrokenConnection(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && BROKEN.has(code);
}

function isUnreadableFile(error: Error): boolean {
  return (error as { code?: unknown }).code === FILE_UNREADABLE;
}

function isNamed(error: Error, name: string): boolean {
  return error.name === name;
}

/** The first error in the chain of causes for which `matches` holds. */
function findCause<Found extends Error>(
  error: unknown,
  matches: ((cause: Error) => cause is Found) | ((cause: Error) => boolean),
): Found | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (matches(cause)) return cause as Found;
  }
  return undefined;
}
