import { FILE_UNREADABLE } from "../../failures.ts";
import { Upload } from "../../multipart.ts";
import type { TelegramCall } from "../sends.ts";

/** A file to send; appears in a send's parameters where the Bot API takes a `file_id` or an upload. */
export type OutgoingFile =
  | { /** Under the media folder, with forward slashes. */ mediaPath: string }
  | { /** Made by the bot; small. */ name: string; mimeType: string; base64: string };

/** What a file is sent as. A file_id is valid for its own kind only. */
export type MediaKind = "photo" | "video" | "audio" | "voice" | "document" | "animation" | "video_note";

/** A file that Telegram has, or one to be uploaded. */
export type OpenedFile =
  | {
      fileId: string;
      /** Called when Telegram does not know the id any more: opened again, it is the file itself. */
      forget(): Promise<void>;
    }
  | {
      name: string;
      mimeType: string;
      sizeBytes: number;
      /**
       * The content, from its beginning. A chunk is valid until the next one is requested. Fails with an error of code
       * `FILE_UNREADABLE`, also when its length differs from `sizeBytes`.
       */
      read(): AsyncIterable<Uint8Array>;
      /** Called with the id Telegram gave the file. */
      learned(fileId: string): Promise<void>;
    };

/** Opens files from the media folder. */
export interface FileSource {
  /** @throws an error of code `FILE_UNREADABLE` when there is no such file. */
  open(mediaPath: string, kind: MediaKind): Promise<OpenedFile>;
}

/** A call whose files are open. */
export interface ReadyCall {
  call: TelegramCall;
  /** Whether a file is sent by the id Telegram gave it before. */
  usesKnownFiles: boolean;
  /** Keeps the ids in a result. */
  learn(result: unknown): Promise<void>;
  /** Forgets the ids this call used. */
  forget(): Promise<void>;
}

const KINDS: ReadonlySet<string> = new Set<MediaKind>([
  "photo",
  "video",
  "audio",
  "voice",
  "document",
  "animation",
  "video_note",
]);

/** The parameters of messages with files only. */
const OF_FILES: ReadonlySet<string> = new Set([...KINDS, "media", "caption", "caption_entities"]);

/**
 * Opens the files of a call. Files that cannot be read are left out: of an album the others are sent, and instead of a
 * single file its caption. Null when nothing is left to send.
 */
export async function openFiles(
  call: TelegramCall,
  files: FileSource,
  onUnreadable: (error: unknown) => void,
): Promise<ReadyCall | null> {
  const uses: Use[] = [];
  const open = (file: unknown, kind: unknown, index: number): Promise<unknown> =>
    isOutgoingFile(file)
      ? openFile(file, { kind: kind as MediaKind, index }, files, uses, onUnreadable)
      : Promise.resolve(file);

  const params = { ...call.params };
  if (Array.isArray(params.media)) {
    const items: Record<string, unknown>[] = [];
    for (const item of params.media as Record<string, unknown>[]) {
      const media = await open(item.media, item.type, items.length);
      if (media !== null) items.push({ ...item, media });
    }
    params.media = items;
  } else {
    for (const kind of KINDS) if (kind in params) params[kind] = await open(params[kind], kind, 0);
  }
  const ready = withoutGaps({ method: call.method, params }, call);
  return ready && { call: ready, ...afterCall(uses) };
}

/** A file as a call takes it, added to `uses`; null when it cannot be read. */
async function openFile(
  file: OutgoingFile,
  use: Omit<Use, "source">,
  files: FileSource,
  uses: Use[],
  onUnreadable: (error: unknown) => void,
): Promise<string | Upload | null> {
  if (!("mediaPath" in file)) {
    const content = Buffer.from(file.base64, "base64");
    return new Upload(file.name, file.mimeType, content.length, async function* () {
      yield content;
    });
  }
  try {
    const source = await files.open(file.mediaPath, use.kind);
    uses.push({ source, ...use });
    if ("fileId" in source) return source.fileId;
    return new Upload(source.name, source.mimeType, source.sizeBytes, () => source.read());
  } catch (error) {
    if ((error as { code?: unknown }).code !== FILE_UNREADABLE) throw error;
    onUnreadable(error);
    return null;
  }
}

/** What to do about the files of a call when its result is known. */
function afterCall(uses: readonly Use[]): Omit<ReadyCall, "call"> {
  return {
    usesKnownFiles: uses.some(({ source }) => "fileId" in source),
    async learn(result) {
      for (const { source, kind, index } of uses) {
        const fileId = fileIdIn(Array.isArray(result) ? (result[index] as unknown) : result, kind);
        if ("learned" in source && fileId !== undefined) await source.learned(fileId);
      }
    },
    async forget() {
      for (const { source } of uses) if ("fileId" in source) await source.forget();
    },
  };
}

/** A file that was opened for a call; `index` is its position in the album. */
interface Use {
  source: OpenedFile;
  kind: MediaKind;
  index: number;
}

/** The call for what could be opened. */
function withoutGaps(call: TelegramCall, original: TelegramCall): TelegramCall | null {
  const { params } = call;
  if (Array.isArray(params.media)) {
    const [first, ...others] = params.media as Record<string, unknown>[];
    if (!first) return captionCall(original);
    return others.length > 0 ? call : loneItem(params, first);
  }
  const isGap = Object.entries(params).some(([name, value]) => KINDS.has(name) && value === null);
  return isGap ? captionCall(original) : call;
}

/** A single item by the method of its kind: an album needs two or more. */
function loneItem(album: Record<string, unknown>, item: Record<string, unknown>): TelegramCall {
  const { media: _media, ...params } = album;
  const { type, media, ...own } = item;
  const kind = String(type);
  return {
    method: `send${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
    params: { ...params, ...own, [kind]: media },
  };
}

/** The caption of a message with files, as a message of its own; null when there is none. */
export function captionCall({ params }: TelegramCall): TelegramCall | null {
  const album = Array.isArray(params.media) ? (params.media as Record<string, unknown>[]) : [];
  const { caption, caption_entities } = album.find((item) => item.caption) ?? params;
  if (typeof caption !== "string" || caption === "") return null;
  const others = Object.fromEntries(Object.entries(params).filter(([name]) => !OF_FILES.has(name)));
  const entities = caption_entities === undefined ? {} : { entities: caption_entities };
  return { method: "sendMessage", params: { ...others, text: caption, ...entities } };
}

/** Whether a call sends our own files. */
export function hasFiles({ params }: TelegramCall): boolean {
  if (Array.isArray(params.media)) {
    return (params.media as Record<string, unknown>[]).some((item) => isOutgoingFile(item.media));
  }
  return Object.entries(params).some(([name, value]) => KINDS.has(name) && isOutgoingFile(value));
}

/** How many messages a call makes: one for each item of an album. */
export function messageCount({ params }: TelegramCall): number {
  return Array.isArray(params.media) ? Math.max(1, params.media.length) : 1;
}

function isOutgoingFile(value: unknown): value is OutgoingFile {
  return typeof value === "object" && value !== null && ("mediaPath" in value || "base64" in value);
}

/** The id of a message's file; of a photo, that of its largest size. */
function fileIdIn(message: unknown, kind: MediaKind): string | undefined {
  const content: unknown = (message as Record<string, unknown> | null)?.[kind];
  const file: unknown = Array.isArray(content) ? content.at(-1) : content;
  const fileId = (file as { file_id?: unknown } | undefined)?.file_id;
  return typeof fileId === "string" ? fileId : undefined;
}
