import { GoogleGenerativeAIFetchError } from "@google/generative-ai";
import * as z from "zod";
import { ModelError, malformedResponse, modelUnreachable, statusError } from "../model-error.ts";

/** Turns what Google's client throws into a ModelError. */
export function toModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof GoogleGenerativeAIFetchError && error.status !== undefined) {
    return fromStatus(error.status, error.errorDetails, error);
  }
  // The client's parsing errors differ from the others by their text only.
  const message = error instanceof Error ? error.message : "";
  if (error instanceof SyntaxError || /failed to parse stream|error parsing json/i.test(message)) {
    return malformedResponse(error);
  }
  return modelUnreachable(error);
}

/** Reads an HTTP status with Google's error details, which may be of any shape. */
export function fromStatus(httpStatus: number, errorDetails: unknown, cause?: unknown): ModelError {
  return statusError(httpStatus, { ...readDetails(errorDetails), cause });
}

/** The reason in Google's error details, such as `API_KEY_INVALID`. */
export function reasonOf(errorDetails: unknown): string | undefined {
  return readDetails(errorDetails).reason;
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

interface ErrorDetails {
  reason?: string;
  retryAfterMs?: number;
  isDailyQuota: boolean;
}

function readDetails(errorDetails: unknown): ErrorDetails {
  const read: ErrorDetails = { isDailyQuota: false };
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
