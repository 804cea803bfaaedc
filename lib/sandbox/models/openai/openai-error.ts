import type { WireError } from "../wire.ts";

const TYPES: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "requests",
};

/** An error answer in OpenAI's shape. */
export function openAiError(
  httpStatus: number,
  message: string,
  { code = null, param = null }: { code?: string | null; param?: string | null } = {},
): WireError {
  const type = TYPES[httpStatus] ?? "server_error";
  return { httpStatus, body: { error: { message, type, param, code, ...statusOf(httpStatus) } } };
}

/** Errors inside a stream have no status of their own, so many servers put it into the error. */
function statusOf(httpStatus: number): { status?: number } {
  return httpStatus >= 500 ? { status: httpStatus } : {};
}

export const missingKey = (): WireError =>
  openAiError(401, "You didn't provide an API key. Provide it in an Authorization header: Bearer YOUR_KEY.");

export const invalidKey = (): WireError =>
  openAiError(401, "Incorrect API key provided.", { code: "invalid_api_key" });

export const unknownModel = (model: string): WireError =>
  openAiError(404, `The model '${model}' does not exist or you do not have access to it.`, {
    code: "model_not_found",
  });

/** The quota of the minute is used up. */
export function rateLimited(retryAfterSeconds: number | undefined): WireError {
  const wait = retryAfterSeconds === undefined ? "" : ` Please try again in ${retryAfterSeconds}s.`;
  return {
    ...openAiError(429, `Rate limit reached for requests per min (RPM): Limit 15, Used 15.${wait}`, {
      code: "rate_limit_exceeded",
    }),
    ...(retryAfterSeconds === undefined ? {} : { headers: { "retry-after": String(retryAfterSeconds) } }),
  };
}

/** The quota of the day is used up. */
export const dailyQuotaUsedUp = (): WireError =>
  openAiError(
    429,
    "Rate limit reached for requests per day (RPD): Limit 200, Used 200. Please try again in 34s.",
    {
      code: "rate_limit_exceeded",
    },
  );
