import type { ServerResponse } from "node:http";
import { untilGone } from "./answer-stream.ts";
import type { GeminiFault } from "./faults.ts";
import { dailyQuotaUsedUp, type GoogleError, googleError, rateLimited } from "./google-error.ts";

/**
 * Applies a fault that replaces the answer.
 * @param ending called just before the last byte is sent.
 * @returns whether it is such a fault; false for the others, which happen inside the answer.
 */
export async function failAtOnce(
  fault: GeminiFault,
  response: ServerResponse,
  gone: AbortSignal,
  ending: () => void = () => {},
): Promise<boolean> {
  const error = errorOf(fault);
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
    default:
      return false;
  }
}

/** The error that a fault answers with; undefined for faults of other kinds. */
function errorOf(fault: GeminiFault): GoogleError | undefined {
  switch (fault.kind) {
    case "rate-limit":
      return rateLimited(fault.retryAfterSeconds);
    case "daily-quota":
      return dailyQuotaUsedUp();
    case "status": {
      const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: fault.reason };
      return googleError(
        fault.status,
        fault.message ?? "Ordered by a test.",
        fault.reason ? [info] : undefined,
      );
    }
    default:
      return undefined;
  }
}

export function sendError(response: ServerResponse, error: GoogleError): void {
  sendJson(response, error.httpStatus, error.body);
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(body));
}
