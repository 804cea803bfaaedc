import { NetworkError, ParseError, TelegramApiError, TimeoutError } from "node-telegram-bot-api";
import { AppError } from "../core/index.ts";
import { NotJsonAnswer } from "./http.ts";

/**
 * What a failed call means to its caller.
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

/** A call that Telegram said no to. */
export type Refused = Extract<Failure, { kind: "refused" }>;

/** The failures after which the same call may succeed. */
const RETRYABLE: ReadonlySet<Failure["kind"]> = new Set(["too-many-requests", "not-sent", "unknown"]);

/** The code of an error that ends an upload because its file cannot be read. */
export const FILE_UNREADABLE = "FILE_UNREADABLE";

/** A failed Bot API call. Holds neither the token nor the address it was sent to. */
export class TelegramError extends AppError {
  override readonly name = "TelegramError";
  readonly failure: Failure;

  constructor(message: string, code: string, failure: Failure, cause?: unknown) {
    super(message, { code, cause, retryable: RETRYABLE.has(failure.kind) });
    this.failure = failure;
  }
}

/** What a failed call means. An aborted call is `unknown`: it may have been applied. */
export function classifyFailure(error: unknown): Failure {
  return error instanceof TelegramError ? error.failure : { kind: "unknown" };
}

/** Whether Telegram could not be reached, or asks to wait: any other call would fail the same way. */
export function isTelegramOutage(error: unknown): boolean {
  const { kind } = classifyFailure(error);
  return kind === "not-sent" || kind === "too-many-requests";
}

/** The answer of a Bot API server that refused a call. */
interface Answer {
  method: string;
  errorCode: number;
  description: string;
  retryAfter: number | undefined;
  migrateToChatId: number | undefined;
}

/** Methods every server knows, so that a 404 to them is about the token in the address. */
const TOKEN_PROBES: ReadonlySet<string> = new Set(["getMe", "getUpdates"]);

/** What Telegram's answers mean; the first row that applies counts. */
const ANSWERS: readonly { applies(answer: Answer): boolean; failure(answer: Answer): Failure }[] = [
  {
    applies: ({ errorCode, method }) => errorCode === 401 || (errorCode === 404 && TOKEN_PROBES.has(method)),
    failure: () => ({ kind: "unauthorized" }),
  },
  { applies: ({ errorCode }) => errorCode === 403, failure: () => ({ kind: "blocked" }) },
  {
    applies: ({ errorCode }) => errorCode === 429,
    failure: ({ retryAfter = 1 }) => ({ kind: "too-many-requests", retryAfterMs: retryAfterMs(retryAfter) }),
  },
  {
    applies: ({ migrateToChatId }) => migrateToChatId !== undefined,
    failure: ({ migrateToChatId = 0 }) => ({ kind: "moved", toChatId: migrateToChatId }),
  },
  {
    applies: ({ errorCode }) => errorCode >= 400 && errorCode < 500,
    failure: ({ errorCode, description }) => ({ kind: "refused", errorCode, description }),
  },
];

/** Why a call was refused, as far as the bot can do something about it; `other` for the rest. */
export type Refusal = (typeof REFUSALS)[number]["refusal"] | "other";

/** Telegram's descriptions of refusals (not documented, read off its server's source and answers); the first match counts. */
const REFUSALS = [
  { refusal: "not-modified", says: /message is not modified/ },
  { refusal: "bad-formatting", says: /can't parse|entit(y|ies)/ },
  { refusal: "caption-instead-of-text", says: /no text in the message to edit/ },
  {
    refusal: "not-editable",
    says: /message to edit not found|can't be edited|message_id_invalid|caption.*too.long/,
  },
  {
    refusal: "unknown-file",
    says: /wrong (remote )?file|wrong type of the file|file_id|file_reference|can't use file/,
  },
  { refusal: "file-too-big", says: /too big/ },
  { refusal: "too-long", says: /(message|text).*too.long/ },
  { refusal: "bad-buttons", says: /button_|reply_markup|reply markup|inline keyboard/ },
  { refusal: "thread-not-found", says: /message thread not found|topic_(deleted|id_invalid)/ },
  {
    refusal: "chat-unreachable",
    says: /chat not found|user not found|peer_id_invalid|topic_closed|chat_(write|send_plain)_forbidden|chat_restricted|(not enough|have no|need administrator) rights (to send (text|a message)|in the)|group chat was deactivated/,
  },
  { refusal: "webhook-set", says: /webhook/ },
] as const satisfies readonly { refusal: string; says: RegExp }[];

/** The reason of a refusal, by Telegram's description. */
export function refusalOf({ description }: Refused): Refusal {
  const text = description.toLowerCase();
  return REFUSALS.find(({ says }) => says.test(text))?.refusal ?? "other";
}

/** Errors without an answer of Telegram; the first row that applies to an error or one of its causes counts. */
const ERRORS: readonly { applies(cause: Error): boolean; code: string; says: string; failure: Failure }[] = [
  {
    applies: hasCode(FILE_UNREADABLE),
    code: FILE_UNREADABLE,
    says: "the file to send cannot be read",
    failure: { kind: "refused", errorCode: 0, description: "the file to send cannot be read" },
  },
  {
    // Without a connection nothing can have been applied. The codes are ours, Node's and undici's.
    applies: hasCode(
      "NOT_CONNECTED",
      "ECONNREFUSED",
      "ENOTFOUND",
      "EAI_AGAIN",
      "EHOSTUNREACH",
      "ENETUNREACH",
      "UND_ERR_CONNECT_TIMEOUT",
    ),
    code: "TELEGRAM_UNREACHABLE",
    says: "Telegram cannot be reached",
    failure: { kind: "not-sent" },
  },
  {
    applies: (cause) => cause.name === "TimeoutError" || cause instanceof TimeoutError,
    code: "TELEGRAM_TIMEOUT",
    says: "no answer in time",
    failure: { kind: "unknown" },
  },
  {
    applies: (cause) =>
      cause instanceof NetworkError || hasCode("ECONNRESET", "EPIPE", "ECONNABORTED", "ETIMEDOUT")(cause),
    code: "TELEGRAM_CONNECTION",
    says: "connection lost",
    failure: { kind: "unknown" },
  },
];

/** Turns whatever the library threw for `method` into a `TelegramError`. */
export function toTelegramError(method: string, error: unknown): TelegramError {
  if (error instanceof TelegramError) return error;
  if (error instanceof TelegramApiError) return fromAnswer(method, error);
  const causes = causesOf(error);
  const notJson = causes.find((cause) => cause instanceof NotJsonAnswer);
  if (notJson) return fromOtherServer(method, notJson.status);
  for (const { applies, code, says, failure } of ERRORS) {
    if (causes.some(applies)) return new TelegramError(`${method}: ${says}`, code, failure, error);
  }
  // Without its cause: the library keeps the whole body there, and a proxy's page may quote the address, token included.
  if (error instanceof ParseError) return unreadableAnswer(method);
  // Thrown before anything was sent: the parameters cannot be put into a request.
  const description = "the call's parameters cannot be sent";
  const failure: Failure = { kind: "refused", errorCode: 0, description };
  return new TelegramError(`${method}: ${description}`, "TELEGRAM_BAD_CALL", failure, error);
}

function fromAnswer(method: string, error: TelegramApiError): TelegramError {
  const { retryAfter, migrateToChatId } = error;
  const errorCode = error.errorCode as number | undefined;
  const description = error.description as string | undefined;
  if (errorCode === undefined || description === undefined) return unreadableAnswer(method);
  const answer = { method, errorCode, description, retryAfter, migrateToChatId };
  const meaning = ANSWERS.find(({ applies }) => applies(answer));
  const failure = meaning?.failure(answer) ?? { kind: "unknown" };
  return new TelegramError(
    `${method}: ${errorCode} ${withoutQuotes(description)}`,
    `TELEGRAM_${errorCode}`,
    failure,
  );
}

function unreadableAnswer(method: string): TelegramError {
  return new TelegramError(`${method}: unreadable answer`, "TELEGRAM_BAD_ANSWER", { kind: "unknown" });
}

/** An answer that is not the Bot API's: a proxy, a gateway in trouble, or a wrong `TELEGRAM_API_ROOT`. */
function fromOtherServer(method: string, status: number): TelegramError {
  const message = `${method}: HTTP ${status} with something that is not a Bot API answer`;
  const code = `TELEGRAM_HTTP_${status}`;
  if (status === 413) {
    return new TelegramError(message, code, { kind: "refused", errorCode: status, description: "too large" });
  }
  const kind = status >= 400 && status < 500 ? "not-sent" : "unknown";
  return new TelegramError(message, code, { kind });
}

/** The failure of a download that was answered with another status than 200. */
export function fromDownload(status: number): TelegramError {
  const isRefused = status >= 400 && status < 500 && status !== 429;
  const failure: Failure = isRefused
    ? { kind: "refused", errorCode: status, description: "the file is not there" }
    : { kind: "unknown" };
  return new TelegramError(`download: HTTP ${status}`, `TELEGRAM_HTTP_${status}`, failure);
}

/** Telegram's seconds in milliseconds; 0 for anything that is no number of them. */
/** The longest pause that is believed, in seconds: Telegram's own are below a day. */
const MAX_PAUSE_S = 24 * 60 * 60;

function retryAfterMs(seconds: unknown): number {
  return Math.min(Math.max(0, Number(seconds) || 0), MAX_PAUSE_S) * 1000;
}

/** Telegram's description up to the first quotation, which may hold text of ours or of a person. */
function withoutQuotes(description: string): string {
  return description.split(/"| '/, 1)[0]?.trim().slice(0, 120) ?? "";
}

function hasCode(...codes: string[]): (error: Error) => boolean {
  const known: ReadonlySet<unknown> = new Set(codes);
  return (error) => known.has((error as { code?: unknown }).code);
}

/** An error and its chain of causes. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  return causes;
}
