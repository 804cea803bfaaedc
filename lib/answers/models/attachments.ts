import { readFile } from "node:fs/promises";
import type { Attachment } from "../answer.ts";
import { ModelError } from "./model-error.ts";

/**
 * Limit for all files of one question together, in bytes. Gemini takes requests of 20 MB
 * (https://ai.google.dev/gemini-api/docs/files); base64 adds a third, and the prompt needs room too.
 */
export const MAX_ATTACHMENT_BYTES = 14 * 1024 * 1024;

export interface EncodedAttachment {
  mimeType: string;
  base64: string;
}

/**
 * Reads the files of a question into memory for one call.
 * @throws ModelError ATTACHMENT_UNREADABLE when one is gone or they are too large together, or the signal's reason
 */
export async function readAttachments(
  attachments: readonly Attachment[],
  signal: AbortSignal,
): Promise<EncodedAttachment[]> {
  const sizeBytes = attachments.reduce((total, attachment) => total + attachment.sizeBytes, 0);
  if (sizeBytes > MAX_ATTACHMENT_BYTES) throw unreadable(`${sizeBytes} bytes are too many`);
  try {
    return await Promise.all(
      attachments.map(async ({ path, mimeType }) => ({
        mimeType,
        base64: await readFile(path, { encoding: "base64", signal }),
      })),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): ModelError {
  return new ModelError("A file of the question cannot be sent to the model", {
    code: "ATTACHMENT_UNREADABLE",
    why: "model-failed",
    cause,
  });
}
