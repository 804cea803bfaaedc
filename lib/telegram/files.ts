import type { Readable } from "node:stream";
import type { TelegramApi } from "./api.ts";
import { classifyFailure } from "./failures.ts";

/** A file of a person, being read; or why it cannot be had. */
export type Download = { stream: Readable } | "too-large" | "gone";

/** The most a bot may download, in bytes: the Bot API says 20 MB of `getFile`. */
export const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024;

/**
 * Begins to read a file that was sent to the bot. The sizes Telegram names may be missing or wrong, so whoever reads
 * the stream counts.
 * @throws TelegramError when Telegram cannot be reached or does not answer as it should
 */
export async function downloadFile(
  api: Pick<TelegramApi, "getFile" | "download">,
  fileId: string,
  { signal, maxBytes }: { signal: AbortSignal; maxBytes: number },
): Promise<Download> {
  try {
    const { file_path, file_size = 0 } = await api.getFile({ file_id: fileId }, signal);
    if (file_size > maxBytes) return "too-large";
    if (file_path === undefined) return "gone";
    return { stream: await api.download(file_path, signal) };
  } catch (error) {
    const failure = classifyFailure(error);
    if (failure.kind !== "refused") throw error;
    return failure.description.toLowerCase().includes("too big") ? "too-large" : "gone";
  }
}
