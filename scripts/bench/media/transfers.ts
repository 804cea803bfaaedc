import { link, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { IncomingFiles, OutgoingFiles } from "../../../lib/media/index.ts";
import type { MediaFileStore } from "../../../lib/store/index.ts";
import {
  downloadFile,
  type FileSource,
  MAX_DOWNLOAD_BYTES,
  TelegramApi,
  Upload,
} from "../../../lib/telegram/index.ts";
import { answerMessages } from "../child.ts";
import type { TransferSettings } from "./load.ts";
import { type Direction, DOWN_BYTES, type Load, TRANSFER_BYTES, type Transfers } from "./load.ts";

/** Runs the bot's uploads and downloads in this process. */

const TOKEN = "7000000004:a-token-of-the-bench-a-token-of";
const BOT_ID = 7_000_000_004;
const SAMPLE_MS = 20;
const WARM_UP_FILE = "warm-up";

/** No file has a Telegram id yet, so that each is uploaded. */
const NO_IDS: MediaFileStore = { fileId: async () => undefined, keep: async () => {}, drop: async () => {} };

let api: TelegramApi;
let outgoing: FileSource;
let incoming: IncomingFiles;
let mediaFolder: string;

async function prepare({ apiRoot, folder }: TransferSettings): Promise<void> {
  const deps = { clock: systemClock, logger: silentLogger };
  mediaFolder = join(folder, "media");
  await mkdir(mediaFolder);
  api = new TelegramApi({ token: TOKEN, apiRoot });
  outgoing = new OutgoingFiles({ ...deps, folder: mediaFolder, botId: BOT_ID, fileIds: NO_IDS });
  incoming = new IncomingFiles({
    ...deps,
    folder: join(folder, "received"),
    download: (fileId, options) => downloadFile(api, fileId, options),
    maxBytes: () => MAX_DOWNLOAD_BYTES,
  });
}

/** The bot identifies files by path, so links to one content are several files to it. */
async function writeFiles(atOnce: number): Promise<void> {
  const first = join(mediaFolder, "0");
  await writeFile(first, chunksOf(TRANSFER_BYTES));
  for (let index = 1; index < atOnce; index += 1) await link(first, join(mediaFolder, String(index)));
}

/** Writes in chunks, so that making the file does not add to the memory that is measured. */
function* chunksOf(sizeBytes: number): Generator<Uint8Array> {
  const chunk = Buffer.alloc(1_000_000, 1);
  for (let left = sizeBytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

async function sendUp(name: string): Promise<void> {
  const file = await outgoing.open(name, "video");
  if ("fileId" in file) throw new Error("A file was not uploaded");
  const video = new Upload(file.name, file.mimeType, file.sizeBytes, () => file.read());
  await api.call("sendVideo", { chat_id: 1, video });
}

async function takeDown(): Promise<void> {
  for (let bytes = 0; bytes < TRANSFER_BYTES; bytes += DOWN_BYTES) {
    const received = await incoming.receive(["1"], new AbortController().signal);
    const [file] = received.files;
    await received.remove();
    if (file?.sizeBytes !== DOWN_BYTES) throw new Error("A file did not come down whole");
  }
}

/** Loads what is loaded lazily before the measurement starts. */
async function warmUp(direction: Direction): Promise<void> {
  await writeFile(join(mediaFolder, WARM_UP_FILE), "x");
  if (direction === "up") await sendUp(WARM_UP_FILE);
  else await api.getFile({ file_id: "1" });
}

async function run({ direction, atOnce }: Load): Promise<Transfers> {
  if (direction === "up") await writeFiles(atOnce);
  await warmUp(direction);
  const idleRssBytes = process.memoryUsage.rss();
  let seenRssBytes = idleRssBytes;
  const sampling = setInterval(() => {
    seenRssBytes = Math.max(seenRssBytes, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, (_, index) => (direction === "up" ? sendUp(String(index)) : takeDown())),
  );
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  clearInterval(sampling);
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    idleRssBytes,
    seenRssBytes: Math.max(seenRssBytes, process.memoryUsage.rss()),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

answerMessages({ prepare, run });
