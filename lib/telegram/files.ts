import { win32 } from "node:path";
import type { Readable } from "node:stream";
import { OperatorError } from "../core/index.ts";
import type { TelegramApi } from "./api.ts";
import { classifyFailure, refusalOf } from "./failures.ts";

/** A person's file, being read; or why it is not available. */
export type Download = { stream: Readable } | "too-large" | "gone";

/** The most a bot may download, in bytes: 20 MB (Bot API, getFile). */
export const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024;

/**
 * Begins to read a file that was sent to the bot. The size Telegram names may be missing or wrong, so the reader of
 * the stream must count.
 * @throws TelegramError when Telegram cannot be reached or does not answer as it should
 * @throws OperatorError when the Bot API server does not serve files
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
    if (win32.isAbsolute(file_path)) throw localServer(); // POSIX paths, too
    return { stream: await api.download(file_path, signal) };
  } catch (error) {
    const failure = classifyFailure(error);
    if (failure.kind !== "refused") throw error;
    return refusalOf(failure) === "file-too-big" ? "too-large" : "gone";
  }
}

/** A Bot API server run with `--local` names a path on its own disk and serves no files. */
function localServer(): OperatorError {
  return new OperatorError(
    "The Bot API server at TELEGRAM_API_ROOT does not serve people's files: start it without --local.",
    { code: "TELEGRAM_LOCAL_FILES" },
  );
}
