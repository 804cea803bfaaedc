import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type Config, readConfig } from "../lib/config/index.ts";
import { AppError, silentLogger, systemClock } from "../lib/core/index.ts";
import { openDatabase, runningDatabaseUri } from "../lib/database.ts";
import { renderReport, type Snapshot } from "../lib/performance/index.ts";
import { openStore, type Store } from "../lib/store/index.ts";

/** Where the measurements are: a store to read, and how to end it. */
interface Source {
  store: Store;
  close(): Promise<void>;
}

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_WIDTH = 140;

function parseSpan(text: string): number {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) {
    throw new InvalidArgumentError("Write it as 30m, 6h or 7d.");
  }
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

async function connectTo(config: Config, uri: string): Promise<Store> {
  return openStore({
    uri,
    database: config.mongodb.database,
    maxPoolSize: 2,
    minPoolSize: 0,
    clock: systemClock,
  });
}

/** The database of the settings, that of a bot that runs, or else the data a stopped one left; null for none of them. */
async function openSource(config: Config): Promise<Source | null> {
  if (config.mongodb.uri === undefined) {
    const running = await runningDatabaseUri(config)
      .then(async (uri) => uri && connectTo(config, uri))
      .catch(() => undefined);
    if (running) return { store: running, close: running.close };
    if (!existsSync(join(config.folders.data, "mongodb"))) return null;
  }
  const database = await openDatabase(config, { clock: systemClock, logger: silentLogger });
  try {
    const store = await connectTo(config, database.uri);
    return {
      store,
      async close() {
        await store.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function readSnapshots({ performance }: Store, sinceMs: number): Promise<Snapshot[]> {
  const now = Date.now();
  const records = await performance.between(new Date(now - sinceMs), new Date(now + 60_000));
  return records.map(({ snapshot }) => JSON.parse(snapshot) as Snapshot);
}

async function main(): Promise<void> {
  const { since } = new Command("npm run stats --")
    .description("The performance report of a running or stopped Helpline")
    .option("--since <span>", "how far back: 30m, 6h, 7d", parseSpan, UNITS_MS.h)
    .exitOverride((outcome) => process.exit(outcome.exitCode === 0 ? 0 : 2))
    .parse()
    .opts<{ since: number }>();
  if (existsSync(".env")) process.loadEnvFile(".env");
  const source = await openSource(readConfig(process.env));
  const snapshots = source ? await readSnapshots(source.store, since) : [];
  await source?.close();
  const width = Math.min(process.stdout.columns ?? 80, MAX_WIDTH);
  const color = process.stdout.isTTY && !process.env.NO_COLOR;
  process.stdout.write(renderReport(snapshots, { width, color, now: Date.now() }));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
  process.exit(1);
});
