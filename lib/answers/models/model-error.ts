import { AppError, type AppErrorDetails } from "../../core/index.ts";
import type { LibraryReason } from "../answer.ts";

/** What went wrong, whichever model it was. */
export type ModelErrorCode =
  | "ATTACHMENT_UNREADABLE"
  // The call was made and failed.
  | "MODEL_CUT_SHORT"
  | "MODEL_DAILY_QUOTA"
  | "MODEL_EMPTY"
  | "MODEL_MALFORMED"
  | "MODEL_OVERLOADED"
  | "MODEL_RATE_LIMIT"
  | "MODEL_RECITATION"
  | "MODEL_REPEATING"
  | "MODEL_REFUSED"
  | "MODEL_REFUSED_FILES"
  | "MODEL_SERVER_ERROR"
  | "MODEL_STOPPED"
  | "MODEL_TIMEOUT"
  | "MODEL_UNREACHABLE"
  // No call was made.
  | "MODEL_BUDGET_SPENT"
  | "MODEL_CANNOT_EMBED"
  | "MODEL_CROWDED"
  | "MODEL_DOWN"
  | "MODEL_QUOTA_SPENT";

export interface ModelErrorDetails extends AppErrorDetails {
  code: ModelErrorCode;
  why: LibraryReason;
  /** How long the provider asks to wait before the next try, in milliseconds. */
  retryAfterMs?: number | undefined;
  httpStatus?: number;
  /** False when no call was made. */
  wasAsked?: boolean;
  /** What the provider wrote about it. */
  providerSays?: string | undefined;
}

/** The model gave no answer. Its message and code hold nothing that a person or a provider wrote. */
export class ModelError extends AppError {
  override readonly name = "ModelError";
  declare readonly code: ModelErrorCode;
  /** The reason given with the library's answer in its place. */
  readonly why: LibraryReason;
  readonly retryAfterMs: number | undefined;
  readonly httpStatus: number | undefined;
  readonly wasAsked: boolean;
  /** The provider's sentence as it came: it may repeat people's words, so only `quotable` is shown. */
  readonly #providerSays: string | undefined;
  /** The provider's sentence without people's words; see `quoteFor`. */
  quotable: string | undefined;

  constructor(
    message: string,
    { why, retryAfterMs, httpStatus, wasAsked = true, providerSays, ...details }: ModelErrorDetails,
  ) {
    super(message, details);
    this.why = why;
    this.retryAfterMs = retryAfterMs;
    this.httpStatus = httpStatus;
    this.wasAsked = wasAsked;
    this.#providerSays = providerSays;
  }

  providerSays(): string | undefined {
    return this.#providerSays;
  }
}

/** The model was silent for too long. */
export function modelTimeout(cause?: unknown): ModelError {
  return new ModelError("The model did not answer in time", {
    code: "MODEL_TIMEOUT",
    retryable: true,
    why: "model-busy",
    cause,
  });
}

/** The model thought for longer than it may. Asking it again would take as long. */
export function noFirstWord(): ModelError {
  return new ModelError("The model did not begin to answer in time", {
    code: "MODEL_TIMEOUT",
    why: "model-busy",
  });
}

/** The connection could not be made, or broke. */
export function modelUnreachable(cause: unknown): ModelError {
  return new ModelError("The connection to the model failed", {
    code: "MODEL_UNREACHABLE",
    retryable: true,
    why: "model-failed",
    cause,
  });
}

/** The response could not be parsed. A retry without streaming may help. */
export function malformedResponse(cause?: unknown): ModelError {
  return new ModelError("The model sent a response that cannot be read", {
    code: "MODEL_MALFORMED",
    retryable: true,
    why: "model-failed",
    cause,
  });
}

/** What a provider says beside the HTTP status. */
export interface StatusDetails {
  retryAfterMs?: number | undefined;
  /** A 429 for the day's quota, which no short wait restores. */
  isDailyQuota?: boolean;
  /** The provider's code for the error, such as `API_KEY_INVALID`; never free text. */
  reason?: string | undefined;
  /** The provider's sentence. */
  message?: string | undefined;
  cause?: unknown;
}

/** The error for an HTTP status other than success, or for the same code inside a stream. */
export function statusError(httpStatus: number, details: StatusDetails = {}): ModelError {
  const { retryAfterMs, isDailyQuota = false, reason, message, cause } = details;
  const shared = { httpStatus, cause, providerSays: message };
  if (httpStatus === 429 && isDailyQuota) {
    return new ModelError("The model's daily quota is used up", {
      ...shared,
      code: "MODEL_DAILY_QUOTA",
      why: "model-quota",
      retryAfterMs,
    });
  }
  if (httpStatus === 429 || httpStatus === 503) {
    return new ModelError("The model is busy", {
      ...shared,
      code: httpStatus === 429 ? "MODEL_RATE_LIMIT" : "MODEL_OVERLOADED",
      retryable: true,
      why: "model-busy",
      retryAfterMs,
    });
  }
  if (httpStatus === 408 || httpStatus === 504) return modelTimeout(cause);
  if (httpStatus >= 500) {
    return new ModelError(`The model failed with status ${httpStatus}`, {
      ...shared,
      code: "MODEL_SERVER_ERROR",
      retryable: true,
      why: "model-failed",
    });
  }
  return new ModelError(
    `The model refused the call with status ${httpStatus}${reason ? ` (${reason})` : ""}`,
    { ...shared, code: "MODEL_REFUSED", why: "model-failed" },
  );
}

/** The model does not take the files of this question; that says nothing about the next. */
export function filesRefused(refusal: ModelError): ModelError {
  const { httpStatus, message } = refusal;
  return new ModelError(message, {
    code: "MODEL_REFUSED_FILES",
    why: "model-failed",
    ...(httpStatus === undefined ? {} : { httpStatus }),
    providerSays: refusal.providerSays(),
    cause: refusal,
  });
}

/** The call ended without a usable answer. */
export function noAnswer(
  code: "MODEL_CUT_SHORT" | "MODEL_EMPTY" | "MODEL_RECITATION" | "MODEL_REPEATING" | "MODEL_STOPPED",
  { retryable }: { retryable: boolean },
): ModelError {
  return new ModelError("The model gave no usable answer", { code, retryable, why: "model-failed" });
}

/** The breaker is open: recent calls failed, so no call is made for a while. */
export function modelDown(): ModelError {
  return notAsked("The model is down and not asked for a while", "MODEL_DOWN", "model-busy");
}

/** The queue is full, or the wait would be longer than people stay. */
export function modelCrowded(): ModelError {
  return notAsked("Too many questions wait for the model", "MODEL_CROWDED", "model-busy");
}

/** No request is left today, by our count or since the provider said so. */
export function dailyQuotaSpent(): ModelError {
  return notAsked("The model's daily quota is used up", "MODEL_QUOTA_SPENT", "model-quota");
}

/** The operator's monthly budget is spent. */
export function budgetSpent(): ModelError {
  return notAsked("The monthly budget for the model is spent", "MODEL_BUDGET_SPENT", "model-budget");
}

function notAsked(message: string, code: ModelErrorCode, why: LibraryReason): ModelError {
  return new ModelError(message, { code, why, wasAsked: false });
}
