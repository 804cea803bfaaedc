import * as z from "zod";
import { type ErrorBody, failureBehind, failureError } from "../http.ts";
import { ModelError, malformedResponse, modelUnreachable, statusError } from "../model-error.ts";
import { delayMs } from "../retry-delay.ts";

/** Turns what Google's client throws into a ModelError. */
export function toModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const failure = failureBehind(error);
  if (failure) return failureError(failure, readErrorBody(failure.body));
  // The client's parsing errors differ from the others by their text only.
  const message = error instanceof Error ? error.message : "";
  if (error instanceof SyntaxError || /failed to parse stream|error parsing json/i.test(message)) {
    return malformedResponse(error);
  }
  return modelUnreachable(error);
}

const errorBody = z.object({
  error: z.object({ message: z.string().optional().catch(undefined), details: z.unknown().optional() }),
});

/** Reads `{ error: { message, details } }`. */
export function readErrorBody(body: unknown): ErrorBody {
  const error = errorBody.safeParse(Array.isArray(body) ? body[0] : body).data?.error;
  return error ? { message: error.message, ...readDetails(error.details) } : {};
}

/** Reads an error inside a stream. */
export function fromStatus(
  httpStatus: number,
  { message, details }: { message?: string | undefined; details?: unknown },
): ModelError {
  return statusError(httpStatus, { message, ...readDetails(details) });
}

const errorDetail = z.object({
  "@type": z.string().optional(),
  /** ErrorInfo */
  reason: z.string().optional(),
  /** RetryInfo: see `delayMs`. */
  retryDelay: z.unknown().optional(),
  /** QuotaFailure */
  violations: z.array(z.object({ quotaId: z.string().optional() })).optional(),
});

function readDetails(errorDetails: unknown): Omit<ErrorBody, "message"> {
  const read: Omit<ErrorBody, "message"> = {};
  for (const entry of Array.isArray(errorDetails) ? errorDetails : []) {
    const detail = errorDetail.safeParse(entry).data;
    if (!detail) continue;
    read.retryAfterMs ??= delayMs(detail.retryDelay);
    if (detail.reason !== undefined && /^[A-Z_]{1,60}$/.test(detail.reason)) read.reason = detail.reason;
    if (detail.violations?.some(({ quotaId }) => quotaId?.includes("PerDay"))) read.isDailyQuota = true;
  }
  return read;
}
