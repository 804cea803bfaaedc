import { win32 } from "node:path";
import type { Readable } from "node:stream";
import { OperatorError } from "../core/index.ts";
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
 * @throws OperatorError when the Bot API server keeps files to itself
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
    if (win32.isAbsolute(file_path)) throw localServer(); // of any system's paths
    return { stream: await api.download(file_path, signal) };
  } catch (error) {
    const failure = classifyFailure(error);
    if (failure.kind !== "refused") throw error;
    return failure.description.toLowerCase().includes("too big") ? "too-large" : "gone";
  }
}

/** A Bot API server of one's own, run with `--local`, names a path on its own disk and hands nothing out. */
function localServer(): OperatorError {
  return new OperatorError(
    "The Bot API server at TELEGRAM_API_ROOT does not hand out people's files: start it without --local.",
    { code: "TELEGRAM_LOCAL_FILES" },
  );
}
