import type {
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { Prompt } from "../../generation/prompt.ts";
import type { EncodedAttachment } from "../attachments.ts";
import type { FileKind } from "../provider.ts";

/** Longest text file that is sent, in UTF-16 units: about 6,000 tokens, as models of one's own read few. */
const MAX_TEXT_FILE = 24_000;

/**
 * The prompt as messages. Texts are strings and not lists of parts, which some servers do not take; the files come
 * before the question, text files as text.
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
      if (index < turns.length - 1) return { role: "user", content };
      const text = [...files.flatMap((file) => textOf(file) ?? []), content].join("\n\n");
      const others = files.filter(({ mimeType }) => kindOf(mimeType) !== "text");
      if (others.length === 0) return { role: "user", content: text };
      return { role: "user", content: [...others.map(filePart), { type: "text", text }] };
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

/** Media types of text, also those that programs give to their own. */
const TEXT_TYPE = /^text\/|[/+](?:json|xml|yaml|x-yaml)$/;

/** The kind of file that a media type is, where requests can carry it. Every model reads text. */
export function kindOf(mimeType: string): FileKind | "text" | undefined {
  if (TEXT_TYPE.test(mimeType)) return "text";
  if (mimeType === "application/pdf") return "pdf";
  if (IMAGE_TYPES.has(mimeType)) return "image";
  return mimeType in SOUND_FORMATS ? "audio" : undefined;
}

/** A text file as a part of the message; undefined for other files. */
function textOf({ mimeType, base64 }: EncodedAttachment): string | undefined {
  if (kindOf(mimeType) !== "text") return undefined;
  const text = Buffer.from(base64, "base64").toString("utf8");
  const shown =
    text.length > MAX_TEXT_FILE ? `${text.slice(0, MAX_TEXT_FILE)}\n(The rest is left out.)` : text;
  return `A text file that was sent with the question:\n"""\n${shown}\n"""`;
}

function filePart({ mimeType, base64 }: EncodedAttachment): ChatCompletionContentPart {
  if (kindOf(mimeType) === "audio") {
    const format = SOUND_FORMATS[mimeType] as "wav" | "mp3"; // the client's types know two
    return { type: "input_audio", input_audio: { data: base64, format } };
  }
  if (kindOf(mimeType) === "pdf") {
    const file_data = `data:${mimeType};base64,${base64}`;
    return { type: "file", file: { filename: "document.pdf", file_data } };
  }
  return { type: "image_url", image_url: { url: `data:${mimeType};base64,${base64}` } };
}
