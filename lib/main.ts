import { existsSync } from "node:fs";
import { createApp } from "./app.ts";
import { readConfig } from "./config/index.ts";
import { createLogger, OperatorError, systemClock } from "./core/index.ts";
import { welcome } from "./welcome.ts";

/** Runs Helpline until a signal ends it. */
async function main(): Promise<void> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const config = readConfig(process.env);
  const logger = createLogger({ level: config.logLevel, secrets: config.secrets });
  const app = createApp(config, { clock: systemClock, logger, random: Math.random, onFatal: fail });

  let isStopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info("Stopping; once more stops at once", { signal });
    await app.stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => void stop(signal).catch(fail));
  }

  const running = await app.start();
  process.stdout.write(`${welcome(running)}\n`);
}

/** The end of a start or a run that cannot go on: one line for an operator's mistake, all there is for a fault of ours. */
function fail(error: unknown): never {
  const text =
    error instanceof OperatorError ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

main().catch(fail);
