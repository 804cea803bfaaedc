import * as z from "zod";
import { type ErrorBody, failureBehind, failureError } from "../http.ts";
import { ModelError, malformedResponse, modelUnreachable, statusError } from "../model-error.ts";

/** Turns what the client throws into a ModelError. */
export function toModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const failure = failureBehind(error);
  if (failure) return failureError(failure, readErrorBody(failure.body));
  if (error instanceof SyntaxError) return malformedResponse(error);
  const { data } = eventOfStream.safeParse(error);
  return data ? streamError(data.error) : modelUnreachable(error);
}

/** What the client throws for an error inside a stream; other errors of its have no body. */
const eventOfStream = z.object({ error: z.unknown().refine((body) => body !== undefined && body !== null) });

/** Servers differ: `{ error: { message, code } }`, `{ error: "…" }`, `{ message }` (vLLM), `{ detail }` (FastAPI). */
const anyError = z
  .object({
    message: z.string().optional().catch(undefined),
    detail: z.string().optional().catch(undefined),
    code: z.union([z.string(), z.number()]).optional().catch(undefined),
    type: z.string().optional().catch(undefined),
    param: z.string().optional().catch(undefined),
    status: z.number().optional().catch(undefined),
  })
  .catch({});
const wrapped = z.object({ error: z.unknown().optional() }).catch({ error: undefined });

interface OpenAiErrorBody extends ErrorBody {
  /** The parameter that the server does not take. */
  param?: string | undefined;
  /** The status of an error inside a stream. */
  status?: number | undefined;
}

/** Reads the body of an error. */
export function readErrorBody(body: unknown): OpenAiErrorBody {
  const error = wrapped.parse(body).error ?? body;
  if (typeof error === "string") return { message: error };
  const { message, detail, code, type, param, status } = anyError.parse(error);
  const reason = typeof code === "string" ? code : type;
  return {
    message: message ?? detail,
    ...(reason !== undefined && /^[\w.-]{1,60}$/.test(reason) ? { reason } : {}),
    isDailyQuota: code === "insufficient_quota" || /\bper day\b|\b[rt]pd\b|\bdaily\b/i.test(message ?? ""),
    ...(param === undefined ? {} : { param }),
    ...(typeof code === "number" ? { status: code } : status === undefined ? {} : { status }),
  };
}

/** An error that is sent as an event of the stream. Without a status it counts as the server's. */
function streamError(body: unknown): ModelError {
  const { status = 500, ...said } = readErrorBody(body);
  return statusError(status >= 400 && status < 600 ? status : 500, said);
}
