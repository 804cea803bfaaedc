import { fileURLToPath } from "node:url";
import { banner, createApp } from "./app/index.ts";
import { loadConfig } from "./config/index.ts";
import { createLogger, hideSecrets, OperatorError, systemClock } from "./core/index.ts";
import { performanceMonitor } from "./performance/index.ts";

/** Identifies the code that reads the content; where it is built for `npm run dev`, it is not known. */
declare const CONTENT_READER: string | undefined;

/** A stop that takes longer is ended: a supervisor would kill the process soon after. */
const STOP_MS = 25_000;

/** How often a program that npm started looks whether it has been left alone. */
const LOOK_FOR_PARENT_MS = 500;

/** Runs Helpline until a signal, or a fault it cannot go on with, ends it. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const { secrets } = config;
  const logger = createLogger({
    level: config.logging.level,
    format: config.logging.format,
    secrets,
    context: () => performanceMonitor.currentFields(),
  });
  const app = createApp(config, {
    clock: systemClock,
    logger,
    random: Math.random,
    learntFolder: fileURLToPath(new URL("../learnt", import.meta.url)), // of dist/lib/main.js
    ...(typeof CONTENT_READER === "undefined" ? {} : { contentReader: CONTENT_READER }),
    onFatal: fail,
  });
  let isStopping = false;

  async function stop(exitCode: number): Promise<void> {
    isStopping = true;
    setTimeout(() => {
      logger.error("Stopping takes too long; ending at once", { seconds: STOP_MS / 1000 });
      endAtOnce();
    }, STOP_MS).unref();
    await app.stop();
    process.exit(exitCode);
  }

  function fail(fault: unknown): void {
    report(fault, secrets);
    stop(1).catch(endAtOnce);
  }

  process.on("uncaughtException", (fault) => {
    if (isEchoOfFailedCommit(fault)) return;
    report(fault, secrets);
    endAtOnce();
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) endAtOnce();
      logger.info("Stopping; once more stops at once", { signal });
      stop(0).catch(fail);
    });
  }

  whenLeftByNpm(() => {
    if (isStopping) return;
    logger.info("npm was told to stop: stopping");
    stop(0).catch(fail);
  });

  try {
    const running = await app.start();
    if (config.logging.format === "json") logger.info("Helpline is running", { ...running });
    else process.stdout.write(`${banner(running)}\n`);
  } catch (error) {
    if (!isStopping) fail(error);
  }
}

/**
 * npm and npx pass SIGTERM on to the shell in which they start a program; that shell ends, and leaves the program running
 * with another parent.
 */
function whenLeftByNpm(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    stop();
  }, LOOK_FOR_PARENT_MS);
  looking.unref();
}

/**
 * Leaves the rest for the next start. An exit would wait for a write of the embedded database under way, and that in
 * turn for code of ours: for good.
 */
function endAtOnce(): void {
  process.kill(process.pid, "SIGKILL");
}

/** lmdb leaves a promise of its own alone when a commit fails on a full disk; the writes in it were refused already. */
function isEchoOfFailedCommit(fault: unknown): boolean {
  return fault instanceof Error && "commitError" in fault;
}

/** One line for an operator's mistake, all there is for a fault of ours. */
function report(error: unknown, secrets: readonly string[]): void {
  const isOurFault = error instanceof Error && !(error instanceof OperatorError);
  const text = isOurFault
    ? (error.stack ?? error.message)
    : error instanceof Error
      ? error.message
      : String(error);
  process.stderr.write(`${hideSecrets(text, secrets)}\n`);
}

// Whoever read the output has gone: that is no reason to stop answering people.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
main().catch((error: unknown) => {
  report(error, []);
  process.exit(1);
});
