import type { Collection, Db } from "mongodb";
import type { MediaFileRecord } from "../records.ts";

/** A file of ours as Telegram keeps it: for one bot, by its content, as one kind of message. */
export type MediaFileKey = Pick<MediaFileRecord, "botId" | "hash" | "kind">;

/** The ids Telegram gave the files we sent. It holds nobody's files but the operator's. */
export interface MediaFileStore {
  /** The id under which Telegram knows the file, if it was sent before. */
  fileId(key: MediaFileKey): Promise<string | undefined>;
  keep(key: MediaFileKey, fileId: string, at: Date): Promise<void>;
  /** Drops an id Telegram does not know any more; a newer one stays. */
  drop(key: MediaFileKey, fileId: string): Promise<void>;
}

export function createMediaFileStore(db: Db): MediaFileStore {
  const files: Collection<MediaFileRecord> = db.collection("media_files");
  return {
    async fileId(key) {
      return (await files.findOne({ _id: idOf(key) }))?.fileId;
    },
    async keep(key, fileId, at) {
      await files.updateOne({ _id: idOf(key) }, { $set: { ...key, fileId, at } }, { upsert: true });
    },
    async drop(key, fileId) {
      await files.deleteOne({ _id: idOf(key), fileId });
    },
  };
}

function idOf({ botId, hash, kind }: MediaFileKey): string {
  return `${botId}:${hash}:${kind}`;
}
