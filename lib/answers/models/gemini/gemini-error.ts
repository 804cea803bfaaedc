import { GoogleGenerativeAIFetchError } from "@google/generative-ai";
import * as z from "zod";
import { AppError, type AppErrorDetails } from "../../../core/index.ts";
import type { LibraryReason } from "../../answer.ts";

export interface ModelErrorDetails extends AppErrorDetails {
  why: LibraryReason;
  /** The wait Google asks for before the next try, in milliseconds. */
  retryAfterMs?: number;
  httpStatus?: number;
  /** False when we did not ask it at all. */
  wasAsked?: boolean;
}

/** The model gave no answer. Its message and code hold nothing a person wrote. */
export class ModelError extends AppError {
  override readonly name = "ModelError";
  /** What the library's answer in its place is explained with. */
  readonly why: LibraryReason;
  readonly retryAfterMs: number | undefined;
  readonly httpStatus: number | undefined;
  readonly wasAsked: boolean;

  constructor(
    message: string,
    { why, retryAfterMs, httpStatus, wasAsked = true, ...details }: ModelErrorDetails,
  ) {
    super(message, details);
    this.why = why;
    this.retryAfterMs = retryAfterMs;
    this.httpStatus = httpStatus;
    this.wasAsked = wasAsked;
  }
}

/** The model was silent for too long. */
export function modelTimeout(cause?: unknown): ModelError {
  return new ModelError("Gemini did not answer in time", {
    code: "GEMINI_TIMEOUT",
    retryable: true,
    why: "model-busy",
    cause,
  });
}

/** The model failed so often of late that it is not asked for a while. */
export function modelDown(): ModelError {
  return notAsked("Gemini is down; it is not asked for a while", "GEMINI_DOWN", "model-busy");
}

/** More people wait than can be answered within a time worth waiting. */
export function modelCrowded(): ModelError {
  return notAsked("Too many people wait for Gemini", "GEMINI_CROWDED", "model-busy");
}

/** The requests of Google's day are used up, by our own count or since Google said so. */
export function dailyQuotaSpent(): ModelError {
  return notAsked("Gemini's quota of the day is used up", "GEMINI_QUOTA_SPENT", "model-quota");
}

/** The operator's money for the month is spent. */
export function budgetSpent(): ModelError {
  return notAsked("The month's budget for Gemini is spent", "GEMINI_BUDGET_SPENT", "model-budget");
}

function notAsked(message: string, code: string, why: LibraryReason): ModelError {
  return new ModelError(message, { code, why, wasAsked: false });
}

/** The response could not be understood; asking again for the whole answer at once may help. */
export function malformedResponse(cause?: unknown): ModelError {
  return new ModelError("Gemini sent a response that cannot be read", {
    code: "GEMINI_MALFORMED",
    retryable: true,
    why: "model-failed",
    cause,
  });
}

/** Turns what the library throws into what it means for the question. */
export function toModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof GoogleGenerativeAIFetchError && error.status !== undefined) {
    return fromStatus(error.status, error.errorDetails, error);
  }
  // The library tells its parsing errors from the others by their text alone.
  const message = error instanceof Error ? error.message : "";
  if (error instanceof SyntaxError || /failed to parse stream|error parsing json/i.test(message)) {
    return malformedResponse(error);
  }
  return new ModelError("The connection to Gemini failed", {
    code: "GEMINI_UNREACHABLE",
    retryable: true,
    why: "model-failed",
    cause: error,
  });
}

/** What an HTTP status, or the same code inside a stream, means. */
export function fromStatus(httpStatus: number, errorDetails: unknown, cause?: unknown): ModelError {
  const details = readDetails(errorDetails);
  const shared = { httpStatus, cause };
  if (httpStatus === 429 && details.isDailyQuota) {
    return new ModelError("Gemini's quota of the day is used up", {
      ...shared,
      code: "GEMINI_DAILY_QUOTA",
      why: "model-quota",
    });
  }
  if (httpStatus === 429 || httpStatus === 503) {
    return new ModelError("Gemini is busy", {
      ...shared,
      code: httpStatus === 429 ? "GEMINI_RATE_LIMIT" : "GEMINI_OVERLOADED",
      retryable: true,
      why: "model-busy",
      ...(details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs }),
    });
  }
  if (httpStatus === 408 || httpStatus === 504) return modelTimeout(cause);
  if (httpStatus >= 500) {
    return new ModelError(`Gemini failed with status ${httpStatus}`, {
      ...shared,
      code: "GEMINI_SERVER_ERROR",
      retryable: true,
      why: "model-failed",
    });
  }
  return new ModelError(
    `Gemini refused the call with status ${httpStatus}${details.reason ? ` (${details.reason})` : ""}`,
    { ...shared, code: "GEMINI_REFUSED", why: "model-failed" },
  );
}

const errorDetail = z.object({
  "@type": z.string(),
  /** ErrorInfo */
  reason: z.string().optional(),
  /** RetryInfo: seconds, such as "34s" or "34.07s". */
  retryDelay: z.string().optional(),
  /** QuotaFailure */
  violations: z.array(z.object({ quotaId: z.string().optional() })).optional(),
});

/** The reason Google names for an error, such as `API_KEY_INVALID`. */
export function reasonOf(errorDetails: unknown): string | undefined {
  return readDetails(errorDetails).reason;
}

function readDetails(errorDetails: unknown): {
  reason?: string;
  retryAfterMs?: number;
  isDailyQuota: boolean;
} {
  const read = { isDailyQuota: false } as { reason?: string; retryAfterMs?: number; isDailyQuota: boolean };
  for (const entry of Array.isArray(errorDetails) ? errorDetails : []) {
    const detail = errorDetail.safeParse(entry).data;
    if (!detail) continue;
    const seconds = /^(?<seconds>\d+(?:\.\d+)?)s$/.exec(detail.retryDelay ?? "")?.groups?.seconds;
    if (seconds !== undefined) read.retryAfterMs = Math.ceil(Number(seconds) * 1000);
    if (detail.reason !== undefined && /^[A-Z_]{1,60}$/.test(detail.reason)) read.reason = detail.reason;
    if (detail.violations?.some(({ quotaId }) => quotaId?.includes("PerDay"))) read.isDailyQuota = true;
  }
  return read;
}
