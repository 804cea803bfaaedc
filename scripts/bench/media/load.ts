/** The direction of files. */
export type Direction = "up" | "down";

/** The bytes of every transfer. */
export const TRANSFER_BYTES = 40_000_000;
/** The Bot API serves files up to 20 MB, so a download is two files, one after the other. */
export const DOWN_BYTES = TRANSFER_BYTES / 2;

/** The options of a process before its transfers. */
export interface TransferSettings {
  apiRoot: string;
  /** Holds the files to upload and those downloaded. */
  folder: string;
}

export interface Load {
  direction: Direction;
  /** Concurrent transfers. */
  atOnce: number;
}

/** The result of a load. */
export interface Transfers {
  wallMs: number;
  cpuMs: number;
  /** Resident memory before the first transfer. */
  idleRssBytes: number;
  /** Peak resident memory during the transfers, from samples. */
  seenRssBytes: number;
  /** Peak resident memory of the process by the system, its start included. */
  peakRssBytes: number;
}
