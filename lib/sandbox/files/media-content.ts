import { badRequest } from "../bot-api/api-error.ts";
import type { WireMedia, WireMessage, WirePhotoSize } from "../chats/wire.ts";
import type { World } from "../chats/world.ts";
import type { StoredEntry } from "../storage.ts";
import type { FileKind, StoredFile, Upload } from "./files.ts";

/** The fields of a message that show a file, with the entries to store for it. */
export interface MediaContent {
  content: Partial<WireMessage>;
  /** The kind it is sent as: a file whose content does not fit the wanted kind becomes a document. */
  kind: FileKind;
  entries: StoredEntry[];
}

/** What the sender declares about a file. */
export type DeclaredFacts = Partial<
  Pick<StoredFile, "duration" | "width" | "height" | "performer" | "title" | "name">
>;

/** Telegram's limit for a photo a bot uploads, in bytes, and for its width and height together, in pixels. */
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
const MAX_PHOTO_SIDES = 10_000;
/** The largest ratio of a photo's longer to its shorter side. */
const MAX_PHOTO_RATIO = 20;
/** The sizes of a photo, by Telegram's letter for them and their longer side in pixels. */
const PHOTO_SIZES = [
  ["s", 90],
  ["m", 320],
  ["x", 800],
] as const;
/** The content types of each kind; a file of another type becomes a document. */
const TYPES: Partial<Record<FileKind, RegExp>> = {
  video: /^video\/(?:mp4|quicktime)$/,
  audio: /^audio\/(?:mpeg|mp4|x-m4a|ogg|flac|x-flac|aac)$/,
  voice: /^audio\/(?:ogg|mpeg|mp4|x-m4a)$/,
  animation: /^(?:image\/gif|video\/mp4)$/,
  video_note: /^video\/mp4$/,
};

/** The message content that shows an upload as this kind. @throws BotApiError where Telegram refuses the file. */
export function uploadContent(
  { files }: World,
  upload: Upload,
  wanted: FileKind,
  declared: DeclaredFacts = {},
): MediaContent {
  if (upload.sizeBytes === 0) throw badRequest("file must be non-empty");
  if (wanted === "photo") checkPhoto(upload);
  const kind = TYPES[wanted]?.test(upload.mimeType) === false ? "document" : wanted;
  const { file, entries } = files.add(upload, kind, declared);
  return { content: fileContent(file), kind, entries };
}

/** The message content that shows a known file again, as the kind it has. @throws BotApiError when a photo is wanted as another kind, or the reverse. */
export function knownContent(file: StoredFile, wanted: FileKind): MediaContent {
  if ((file.kind === "photo") !== (wanted === "photo")) {
    throw badRequest(`can't use file of type ${typeName(file.kind)} as ${typeName(wanted)}`);
  }
  return { content: fileContent(file), kind: file.kind, entries: [] };
}

/** Whether a message shows a file that may have a caption. */
export function mayHaveCaption(message: WireMessage): boolean {
  return ["photo", "video", "audio", "voice", "animation", "document"].some((kind) => kind in message);
}

function checkPhoto({ sizeBytes, width, height }: Upload): void {
  if (sizeBytes > MAX_PHOTO_BYTES) {
    throw badRequest(
      `file of size ${sizeBytes} bytes is too big for a photo; the maximum size is ${MAX_PHOTO_BYTES} bytes`,
    );
  }
  if (width === undefined || height === undefined) throw badRequest("IMAGE_PROCESS_FAILED");
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (width + height > MAX_PHOTO_SIDES || !(ratio <= MAX_PHOTO_RATIO)) {
    throw badRequest("PHOTO_INVALID_DIMENSIONS");
  }
}

function fileContent(file: StoredFile): Partial<WireMessage> {
  const media = describe(file);
  switch (file.kind) {
    case "photo":
      return { photo: photoSizes(file) };
    case "animation":
      return { animation: media, document: media };
    default:
      return { [file.kind]: media };
  }
}

function describe(file: StoredFile): WireMedia {
  const { fileId, fileUniqueId, sizeBytes, kind, name, mimeType } = file;
  const { duration = 0, width = 0, height = 0, performer, title } = file;
  const ids = { file_id: fileId, file_unique_id: fileUniqueId, file_size: sizeBytes };
  if (kind === "video_note") return { ...ids, length: width || 240, duration };
  if (kind === "voice") return { ...ids, duration, mime_type: mimeType };
  const named = { ...ids, file_name: name, mime_type: mimeType };
  if (kind === "document") return named;
  if (kind !== "audio") return { ...named, duration, width, height };
  return { ...named, duration, ...(performer ? { performer } : {}), ...(title ? { title } : {}) };
}

/** Every size has the same content here; only the largest says its size in bytes. */
function photoSizes({ fileId, fileUniqueId, sizeBytes, width = 0, height = 0 }: StoredFile): WirePhotoSize[] {
  const longer = Math.max(width, height);
  const smaller = PHOTO_SIZES.filter(([, side]) => side < longer).map(([letter, side]) => ({
    file_id: `${fileId}~${letter}`,
    file_unique_id: `${fileUniqueId}~${letter}`,
    width: Math.max(1, Math.round((width * side) / longer)),
    height: Math.max(1, Math.round((height * side) / longer)),
  }));
  const largest = { file_id: fileId, file_unique_id: fileUniqueId, file_size: sizeBytes, width, height };
  return [...smaller, largest];
}

const TYPE_NAMES: Readonly<Record<FileKind, string>> = {
  photo: "Photo",
  video: "Video",
  audio: "Audio",
  voice: "VoiceNote",
  animation: "Animation",
  document: "Document",
  video_note: "VideoNote",
};

function typeName(kind: FileKind): string {
  return TYPE_NAMES[kind];
}
