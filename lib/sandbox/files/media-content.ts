import { badRequest } from "../bot-api/api-error.ts";
import type { WireMedia, WireMessage, WirePhotoSize } from "../chats/wire.ts";
import type { World } from "../chats/world.ts";
import type { StoredEntry } from "../storage.ts";
import type { FileKind, StoredFile, Upload } from "./files.ts";

/** The part of a message that shows a file, with what is to be stored for it. */
export interface MediaContent {
  content: Partial<WireMessage>;
  /** What it became: a file that cannot be what was asked for is sent as a document. */
  kind: FileKind;
  entries: StoredEntry[];
}

/** What the sender says about a file. */
export type SaidOfFile = Partial<
  Pick<StoredFile, "duration" | "width" | "height" | "performer" | "title" | "name">
>;

/** Telegram's limit for a photo a bot uploads, in bytes, and for its width and height together, in pixels. */
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
const MAX_PHOTO_SIDES = 10_000;
/** The most one side of a photo may be longer than the other. */
const MAX_PHOTO_RATIO = 20;
/** The sizes Telegram offers a photo in, by the letter they are known by and their longer side in pixels. */
const PHOTO_SIZES = [
  ["s", 90],
  ["m", 320],
  ["x", 800],
] as const;
/** What a file's content has to be, for each kind; others go as documents. */
const TYPES: Partial<Record<FileKind, RegExp>> = {
  video: /^video\/(?:mp4|quicktime)$/,
  audio: /^audio\/(?:mpeg|mp4|x-m4a|ogg|flac|x-flac|aac)$/,
  voice: /^audio\/(?:ogg|mpeg|mp4|x-m4a)$/,
  animation: /^(?:image\/gif|video\/mp4)$/,
  video_note: /^video\/mp4$/,
};

/** Shows an upload as a message of this kind. @throws BotApiError where Telegram refuses the file. */
export function uploadContent(
  { files }: World,
  upload: Upload,
  wanted: FileKind,
  said: SaidOfFile = {},
): MediaContent {
  if (upload.sizeBytes === 0) throw badRequest("file must be non-empty");
  if (wanted === "photo") checkPhoto(upload);
  const kind = TYPES[wanted]?.test(upload.mimeType) === false ? "document" : wanted;
  const { file, entries } = files.add(upload, kind, said);
  return { content: fileContent(file), kind, entries };
}

/** Shows a known file again. Its kind stays: only documents may be asked for as one another. */
export function knownContent(file: StoredFile, wanted: FileKind): MediaContent {
  if ((file.kind === "photo") !== (wanted === "photo")) {
    throw badRequest(`can't use file of type ${typeName(file.kind)} as ${typeName(wanted)}`);
  }
  return { content: fileContent(file), kind: file.kind, entries: [] };
}

/** Whether a message shows a file that a caption may go with. */
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

/** All sizes show the same content here; only the largest names its bytes. */
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
