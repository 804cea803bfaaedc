import { resolve } from "node:path";
import type { Config } from "../../config/index.ts";
import { fingerprint, OperatorError, silentLogger, systemClock } from "../../core/index.ts";
import type { Snapshot } from "../../performance/index.ts";
import { type MovedCollection, moveDatabase, newestMeasurement } from "../../store/index.ts";
import { type Database, openDatabase } from "../database.ts";

/** A bot that measures itself writes every 10 s. */
const RUNNING_MS = 30_000;

export interface MoveRequest {
  from: Config;
  to: Config;
  /** Moves even though a bot seems to be running. */
  ignoresRunning: boolean;
  onMoved(moved: MovedCollection): void;
}

/**
 * Copies the data of one configuration to the database of another, and compares the two. Repeated after an interruption,
 * it goes on.
 * @throws OperatorError when a bot is using the data, or as `moveDatabase`
 */
export async function moveData({ from, to, ignoresRunning, onMoved }: MoveRequest): Promise<void> {
  const [source, target] = [nameOf(from), nameOf(to)];
  if (source === target) {
    throw new OperatorError("The data is there already: --to names the database of the settings.", {
      code: "SAME_DATABASE",
    });
  }
  const origin = await open(from);
  try {
    const fromDatabase = { uri: origin.uri, database: from.mongodb.database };
    if (from.mongodb.uri !== undefined && !ignoresRunning) await refuseRunning(fromDatabase);
    const destination = await open(to);
    try {
      const toDatabase = { uri: destination.uri, database: to.mongodb.database };
      await moveDatabase({ from: fromDatabase, to: toDatabase, source: fingerprint(source), onMoved });
    } finally {
      await destination.close();
    }
  } finally {
    await origin.close();
  }
}

function open(config: Config): Promise<Database> {
  return openDatabase(config, { clock: systemClock, logger: silentLogger });
}

function nameOf({ mongodb, folders }: Config): string {
  return `${mongodb.uri ?? resolve(folders.data)} ${mongodb.database}`;
}

/** The embedded database has one user at a time; a MongoDB does not tell who uses it. */
async function refuseRunning(database: { uri: string; database: string }): Promise<void> {
  const newest = await newestMeasurement(database);
  const measuredMs = newest === null ? 0 : (JSON.parse(newest.snapshot) as Snapshot).toMs;
  const ageMs = systemClock.now() - measuredMs;
  if (ageMs > RUNNING_MS) return;
  throw new OperatorError(
    `A bot seems to be running: it measured itself ${Math.round(ageMs / 1000)} s ago. ` +
      `Stop it, wait ${RUNNING_MS / 1000} s, and repeat this (or add --force if you know better).`,
    { code: "BOT_RUNNING" },
  );
}
