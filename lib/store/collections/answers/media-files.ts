import type { Collection, Db } from "mongodb";
import { monitored } from "../../monitored.ts";

/** A file of the media folder that Telegram has stored. `_id` is `botId:hash:kind`, so an edited file has a new record. */
export interface MediaFileRecord {
  _id: string;
  botId: number;
  /** SHA-256 of the content, in hexadecimal digits. */
  hash: string;
  /** The kind of message it was sent as, such as `photo`. */
  kind: string;
  fileId: string;
  /** When it was sent; it ages out, and the file is then uploaded again. */
  at: Date;
}

/** Identifies a file on Telegram: by bot, content and kind of message. */
export type MediaFileKey = Pick<MediaFileRecord, "botId" | "hash" | "kind">;

/** The ids Telegram gave to the operator's files. Files of other people are not in it. */
export interface MediaFileStore {
  /** Telegram's id of the file, if it was sent before. */
  fileId(key: MediaFileKey): Promise<string | undefined>;
  keep(key: MediaFileKey, fileId: string, at: Date): Promise<void>;
  /** Drops an id that Telegram no longer accepts; a newer one is kept. */
  drop(key: MediaFileKey, fileId: string): Promise<void>;
}

export function createMediaFileStore(db: Db): MediaFileStore {
  const files: Collection<MediaFileRecord> = db.collection("media_files");
  return monitored("media_files", {
    async fileId(key) {
      return (await files.findOne({ _id: idOf(key) }))?.fileId;
    },
    async keep(key, fileId, at) {
      await files.updateOne({ _id: idOf(key) }, { $set: { ...key, fileId, at } }, { upsert: true });
    },
    async drop(key, fileId) {
      await files.deleteOne({ _id: idOf(key), fileId });
    },
  });
}

function idOf({ botId, hash, kind }: MediaFileKey): string {
  return `${botId}:${hash}:${kind}`;
}
