import { readFile } from "node:fs/promises";
import type { InlineDataPart } from "@google/generative-ai";
import type { Attachment } from "../answer.ts";
import { ModelError } from "../models/gemini/gemini-error.ts";

/**
 * How large all files of one question may be together, in bytes. Gemini takes requests of 20 MB
 * (https://ai.google.dev/gemini-api/docs/files); as base64 a file grows by a third, and the prompt needs room too.
 */
export const MAX_ATTACHMENT_BYTES = 14 * 1024 * 1024;

/**
 * Reads files as the parts of a request; they are in memory only while their call is made.
 * @throws ModelError when one is gone or they are too large together, or the signal's reason.
 */
export async function readAttachments(
  attachments: readonly Attachment[],
  signal: AbortSignal,
): Promise<InlineDataPart[]> {
  const sizeBytes = attachments.reduce((total, attachment) => total + attachment.sizeBytes, 0);
  if (sizeBytes > MAX_ATTACHMENT_BYTES) throw unreadable(`${sizeBytes} bytes are too many`);
  try {
    return await Promise.all(
      attachments.map(async ({ path, mimeType }) => ({
        inlineData: { mimeType, data: await readFile(path, { encoding: "base64", signal }) },
      })),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): ModelError {
  return new ModelError("A file of the question cannot be sent to Gemini", {
    code: "ATTACHMENT_UNREADABLE",
    why: "model-failed",
    cause,
  });
}
