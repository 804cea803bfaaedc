/** How Telegram shows a file. */
export const MEDIA_KINDS = ["photo", "video", "audio", "voice", "document", "animation"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** A file of the media folder, to be sent. */
export interface MediaItem {
  kind: MediaKind;
  /** `mediaPath` is relative to the media folder, with `/`. */
  file: { mediaPath: string };
}
