import { open } from "node:fs/promises";
import { fileTypeFromFile } from "file-type";

/**
 * The types Gemini reads, as detected from the content, with Gemini's names for them; see its documentation on image,
 * audio, video and document understanding.
 */
const READABLE: Readonly<Record<string, string>> = {
  "image/jpeg": "image/jpeg",
  "image/png": "image/png",
  "image/webp": "image/webp",
  "image/heic": "image/heic",
  "image/heif": "image/heif",
  "audio/ogg": "audio/ogg",
  "audio/ogg; codecs=opus": "audio/ogg",
  "audio/mpeg": "audio/mp3",
  "audio/wav": "audio/wav",
  "audio/aac": "audio/aac",
  "audio/flac": "audio/flac",
  "video/mp4": "video/mp4",
  "video/quicktime": "video/mov",
  "video/webm": "video/webm",
  "video/3gpp": "video/3gpp",
  "application/pdf": "application/pdf",
};

/** The longest text that is read, in bytes; a longer one costs too many tokens. */
const MAX_TEXT_BYTES = 256 * 1024;

/** The type of a file, detected from its content and not its name; or why the model cannot read it. */
export async function readableType(
  path: string,
  sizeBytes: number,
): Promise<{ mimeType: string } | "unsupported" | "too-large"> {
  const found = await fileTypeFromFile(path);
  if (found) {
    const mimeType = READABLE[found.mime];
    return mimeType === undefined ? "unsupported" : { mimeType };
  }
  if (sizeBytes > MAX_TEXT_BYTES) return "too-large";
  return sizeBytes > 0 && (await isText(path)) ? { mimeType: "text/plain" } : "unsupported";
}

/** Control characters other than tabs and line breaks, which text does not contain. */
const CONTROL = /[^\P{Cc}\s]/u;

/** Whether the whole file is UTF-8 text. */
async function isText(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile());
    return !CONTROL.test(text);
  } catch (error) {
    if (error instanceof TypeError) return false; // thrown by the decoder for bytes that are not UTF-8
    throw error;
  } finally {
    await file.close();
  }
}
