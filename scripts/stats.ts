import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { CommanderError } from "commander";
import { type Config, loadConfig } from "../lib/config/index.ts";
import { AppError } from "../lib/core/index.ts";
import { readOptions, type StatsOptions } from "./stats/options.ts";
import { type Screen, writeReport } from "./stats/report.ts";
import { openSource } from "./stats/source.ts";

const MIN_WIDTH = 80;
const MAX_WIDTH = 140;
const WATCH_MS = 10_000;
/** Moves the cursor to the top left; the rest of the screen is erased after the new report, which avoids flicker. */
const HOME = "\u001b[H";
const ERASE_LINE_END = "\u001b[K";
const ERASE_BELOW = "\u001b[J";
const CLEAR_SCREEN = "\u001b[2J";

function screenOf(): Screen {
  const width = Math.max(MIN_WIDTH, Math.min(process.stdout.columns ?? MIN_WIDTH, MAX_WIDTH));
  return { width, color: process.stdout.isTTY && !process.env.NO_COLOR };
}

/** Opens and closes the database each time, so that a bot can start with the same data in between. */
async function reportOnce(config: Config, options: StatsOptions): Promise<string> {
  const source = await openSource(config);
  try {
    return await writeReport(source?.store ?? null, options, screenOf(), Date.now());
  } finally {
    await source?.close();
  }
}

async function watch(config: Config, options: StatsOptions): Promise<void> {
  for (let isNewSize = true; ; ) {
    const { columns, rows } = process.stdout;
    if (process.stdout.isTTY && isNewSize) process.stdout.write(CLEAR_SCREEN);
    const text = await reportOnce(config, options).catch((error: unknown) => `${describe(error)}\n`);
    const inPlace = `${HOME}${text.replaceAll("\n", `${ERASE_LINE_END}\n`)}${ERASE_BELOW}`;
    process.stdout.write(process.stdout.isTTY ? inPlace : text);
    const isResized = process.stdout.columns !== columns || process.stdout.rows !== rows; // while it was read
    isNewSize = isResized || (await resizedWithin(WATCH_MS));
  }
}

/** Waits, at most until the terminal has another size. @returns whether it has */
async function resizedWithin(ms: number): Promise<boolean> {
  const ending = new AbortController();
  const { signal } = ending;
  const resized = once(process.stdout, "resize", { signal }).then(() => true);
  const over = sleep(ms, false, { signal });
  try {
    return await Promise.race([resized, over]);
  } finally {
    ending.abort();
    await Promise.allSettled([resized, over]);
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), new Date());
  const config = loadConfig(process.env);
  if (options.watch) await watch(config, options);
  else process.stdout.write(await reportOnce(config, options));
}

function describe(error: unknown): string {
  return error instanceof AppError ? error.message : String(error);
}

// A reader such as `head` closes the pipe early.
process.stdout.on("error", () => process.exit(0));
process.on("SIGINT", () => process.exit(0));
main().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
});
