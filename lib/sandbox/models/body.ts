import type { IncomingMessage } from "node:http";
import { AppError } from "../../core/index.ts";

/** Gemini's limit, for which others stand in: https://ai.google.dev/gemini-api/docs/files */
const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** Reads a request's body. @throws AppError when it is larger than the limit. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new AppError("The body is too large.", { code: "BODY_TOO_LARGE" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
