import type {
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { Prompt } from "../../generation/prompt.ts";
import type { EncodedAttachment } from "../attachments.ts";

/**
 * The prompt as messages. Texts are strings and not lists of parts, which some servers do not take; the files come
 * before the question.
 */
export function messagesOf(
  { system, turns }: Prompt,
  files: readonly EncodedAttachment[],
): ChatCompletionMessageParam[] {
  return [
    { role: "system", content: system },
    ...turns.map(({ role, parts }, index): ChatCompletionMessageParam => {
      const content = parts.map(({ text }) => text).join("\n\n");
      if (role === "model") return { role: "assistant", content };
      if (index < turns.length - 1 || files.length === 0) return { role: "user", content };
      return { role: "user", content: [...files.map(filePart), { type: "text", text: content }] };
    }),
  ];
}

/** The names of sound formats in requests, by media type. OpenAI itself takes the first two; others take more. */
const SOUND_FORMATS: Readonly<Record<string, string>> = {
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/ogg": "ogg",
  "audio/opus": "opus",
  "audio/flac": "flac",
  "audio/aac": "aac",
  "audio/mp4": "m4a",
  "audio/x-m4a": "m4a",
};
/** What OpenAI's documentation names for pictures; others take at least these. */
const IMAGE_TYPES = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);

/** The kind of file that a media type is, where requests can carry it. */
export function kindOf(mimeType: string): "image" | "audio" | undefined {
  if (IMAGE_TYPES.has(mimeType)) return "image";
  return mimeType in SOUND_FORMATS ? "audio" : undefined;
}

function filePart({ mimeType, base64 }: EncodedAttachment): ChatCompletionContentPart {
  if (kindOf(mimeType) === "audio") {
    const format = SOUND_FORMATS[mimeType] as "wav" | "mp3"; // the client's types know two
    return { type: "input_audio", input_audio: { data: base64, format } };
  }
  return { type: "image_url", image_url: { url: `data:${mimeType};base64,${base64}` } };
}
