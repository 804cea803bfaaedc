/** Which way files go. */
export type Direction = "up" | "down";

/** What every transfer moves, in bytes. */
export const TRANSFER_BYTES = 40_000_000;
/** The Bot API hands out no larger files than 20 MB, so a transfer down is two files, one after the other. */
export const DOWN_BYTES = TRANSFER_BYTES / 2;

/** What a process of the bench is told before its transfers. */
export interface TransferSettings {
  apiRoot: string;
  /** For the files that go up, and those that come down. */
  folder: string;
}

export interface Load {
  direction: Direction;
  /** Transfers at once. */
  atOnce: number;
}

/** What the transfers of a load took. */
export interface Transfers {
  wallMs: number;
  cpuMs: number;
  /** Resident memory before the first of them. */
  idleRssBytes: number;
  /** The most resident memory seen while they ran. */
  seenRssBytes: number;
  /** The most the system ever saw of the process, its start included. */
  peakRssBytes: number;
}
