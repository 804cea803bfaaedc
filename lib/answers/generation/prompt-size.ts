import type { Attachment } from "../answer.ts";
import type { Prompt } from "./prompt.ts";
import { estimateTokens } from "./tokens.ts";

/**
 * Bytes per token of a file, by the first part of its media type: from 32 tokens a second of sound and 263 of video
 * (https://ai.google.dev/gemini-api/docs/tokens), at the bit rates phones record with.
 */
const FILE_BYTES_PER_TOKEN: Readonly<Record<string, number>> = { audio: 100, video: 500, text: 4 };
/** A picture, in a few tiles of 258 tokens each. */
const IMAGE_TOKENS = 1_032;
const OTHER_BYTES_PER_TOKEN = 200;

/** Estimates the tokens of a call's prompt, for planning until the model reports the true number. */
export function estimatePromptTokens(
  { system, turns }: Prompt,
  attachments: readonly Attachment[] = [],
): number {
  const texts = [system, ...turns.flatMap(({ parts }) => parts.map(({ text }) => text))];
  const textTokens = texts.reduce((total, text) => total + estimateTokens(text), 0);
  const fileTokens = attachments.reduce((total, attachment) => total + tokensOf(attachment), 0);
  return Math.ceil(textTokens + fileTokens);
}

function tokensOf({ mimeType, sizeBytes }: Attachment): number {
  const kind = mimeType.split("/")[0] ?? "";
  if (kind === "image") return IMAGE_TOKENS;
  return sizeBytes / (FILE_BYTES_PER_TOKEN[kind] ?? OTHER_BYTES_PER_TOKEN);
}
