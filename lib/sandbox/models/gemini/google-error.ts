import type { WireError } from "../wire.ts";

/** An error answer in the shape of Google's APIs: an HTTP status and `{ error: { code, message, status, details } }`. */
export interface GoogleError extends WireError {
  body: { error: { code: number; message: string; status: string; details?: unknown[] } };
}

const TYPE = "type.googleapis.com/google.rpc";

const STATUS_NAMES: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** Creates an error with Google's name for its status. */
export function googleError(httpStatus: number, message: string, details?: unknown[]): GoogleError {
  const status = STATUS_NAMES[httpStatus] ?? "UNKNOWN";
  return {
    httpStatus,
    body: { error: { code: httpStatus, message, status, ...(details ? { details } : {}) } },
  };
}

export const invalidKey = (): GoogleError =>
  googleError(400, "API key not valid. Please pass a valid API key.", [
    { "@type": `${TYPE}.ErrorInfo`, reason: "API_KEY_INVALID", domain: "googleapis.com" },
  ]);

export const missingKey = (): GoogleError =>
  googleError(
    403,
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  );

export const unknownModel = (model: string): GoogleError =>
  googleError(
    404,
    `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
  );

/** The quota of the minute is used up. */
export const rateLimited = (retryAfterSeconds: number | undefined): GoogleError =>
  googleError(429, "You exceeded your current quota, please check your plan and billing details.", [
    quotaFailure("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "15"),
    ...(retryAfterSeconds === undefined ? [] : [retryInfo(retryAfterSeconds)]),
  ]);

/** The quota of the day is used up. Like Google's, the error names a short delay that does not help. */
export const dailyQuotaUsedUp = (): GoogleError =>
  googleError(429, "You exceeded your current quota, please check your plan and billing details.", [
    quotaFailure("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "250"),
    retryInfo(34),
  ]);

function quotaFailure(quotaId: string, quotaValue: string): unknown {
  const quotaMetric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
  return { "@type": `${TYPE}.QuotaFailure`, violations: [{ quotaMetric, quotaId, quotaValue }] };
}

function retryInfo(seconds: number): unknown {
  return { "@type": `${TYPE}.RetryInfo`, retryDelay: `${seconds}s` };
}
