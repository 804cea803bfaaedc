import type { ServerResponse } from "node:http";
import { untilGone } from "./answer-stream.ts";
import type { ModelFault } from "./faults.ts";
import type { Wire, WireError } from "./wire.ts";

/**
 * Applies a fault that replaces the answer.
 * @param ending called just before the last byte is sent.
 * @returns whether it is such a fault; false for the others, which happen inside the answer.
 */
export async function failAtOnce(
  fault: ModelFault,
  { errors }: Pick<Wire, "errors">,
  response: ServerResponse,
  gone: AbortSignal,
  ending: () => void = () => {},
): Promise<boolean> {
  const error = errorOf(fault, errors);
  if (error) {
    ending();
    sendError(response, error);
    return true;
  }
  switch (fault.kind) {
    case "hang":
      return await untilGone(gone);
    case "reset":
      ending();
      response.socket?.resetAndDestroy();
      return true;
    case "html":
      ending();
      response.writeHead(fault.status, { "Content-Type": "text/html" });
      response.end("<html><title>Error</title><body>The server encountered an error.</body></html>");
      return true;
    case "redirect":
      ending();
      response.writeHead(fault.status, { Location: fault.to });
      response.end();
      return true;
    default:
      return false;
  }
}

/** The error that a fault answers with; undefined for faults of other kinds. */
function errorOf(fault: ModelFault, errors: Wire["errors"]): WireError | undefined {
  switch (fault.kind) {
    case "rate-limit":
      return errors.rateLimited(fault.retryAfterSeconds);
    case "daily-quota":
      return errors.dailyQuota();
    case "status":
      return errors.status(fault);
    case "error-body":
      return {
        httpStatus: fault.status,
        body: fault.body,
        ...(fault.headers ? { headers: fault.headers } : {}),
      };
    default:
      return undefined;
  }
}

export function sendError(response: ServerResponse, { httpStatus, body, headers }: WireError): void {
  sendJson(response, httpStatus, body, headers);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=UTF-8", ...headers });
  response.end(JSON.stringify(body));
}
