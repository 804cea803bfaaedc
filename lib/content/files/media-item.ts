import * as z from "zod";

/** How Telegram shows a file. */
export const MEDIA_KINDS = ["photo", "video", "audio", "voice", "document", "animation"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** A file of the media folder, to be sent. */
export interface MediaItem {
  kind: MediaKind;
  /** `mediaPath` is relative to the media folder, with `/`. */
  file: { mediaPath: string };
}

/** Telegram's limit for the number of files in an album. */
export const MAX_ALBUM_SIZE = 10;

const mediaPath = z
  .string()
  .trim()
  .min(1)
  .refine((path) => !/^[/\\]|\\|^[a-z]+:|(^|\/)\.{0,2}(\/|$)/i.test(path), {
    message: 'must be the path of a file in the media folder, such as "how-to/step-1.jpg"',
  });
const mediaPaths = z.preprocess(
  (written) => (typeof written === "string" ? [written] : written),
  z.array(mediaPath).min(1).max(MAX_ALBUM_SIZE),
);

/** The media beside a text as written in YAML: `photo: a.jpg`, or `photo: [a.jpg, b.jpg]` for an album. */
export const mediaShape = {
  photo: mediaPaths.optional(),
  video: mediaPaths.optional(),
  audio: mediaPaths.optional(),
  voice: mediaPaths.optional(),
  document: mediaPaths.optional(),
  animation: mediaPaths.optional(),
} satisfies Record<MediaKind, z.ZodType>;

/** The media, grouped by kind, in the order they are written. */
export function mediaOf(written: { [Kind in MediaKind]?: string[] | undefined }): MediaItem[] {
  return Object.entries(written).flatMap(([key, paths]) => {
    const kind = MEDIA_KINDS.find((known) => known === key);
    return kind && paths ? paths.map((path): MediaItem => ({ kind, file: { mediaPath: path } })) : [];
  });
}

/** Which album a kind may be part of (Bot API, sendMediaGroup); voice messages and animations are sent alone. */
export const ALBUMS = {
  photo: "visual",
  video: "visual",
  audio: "audio",
  document: "documents",
  voice: null,
  animation: null,
} as const satisfies Record<MediaKind, string | null>;

/** Why several files cannot be sent together, or null when they can. */
export function albumMistake(media: readonly MediaItem[]): string | null {
  if (media.length < 2) return null;
  if (media.length > MAX_ALBUM_SIZE) return `has ${media.length} files; use at most ${MAX_ALBUM_SIZE}`;
  const [album, ...others] = new Set(media.map(({ kind }) => ALBUMS[kind]));
  return album && others.length === 0
    ? null
    : "cannot be sent together; an album holds photos and videos, or only audio, or only documents";
}
