import { type Model, openCheckedModel } from "../lib/answers/index.ts";
import { type Config, loadConfig } from "../lib/config/index.ts";
import { loadContent } from "../lib/content/index.ts";
import { AppError, createLogger, systemClock } from "../lib/core/index.ts";
import { ask } from "./ask/ask-question.ts";
import { readOptions } from "./ask/options.ts";
import { createLook } from "./ask/report.ts";

/** The first model of the settings that its provider does not object to; nothing when there is none. */
async function openModel({ models, secrets }: Config): Promise<{ model?: Model }> {
  const logger = createLogger({ level: "warn", secrets });
  for (const setup of models) {
    const checked = await openCheckedModel(setup, { clock: systemClock, logger });
    if ("model" in checked) return { model: checked.model };
  }
  return {};
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const config = loadConfig(process.env);
  const content = await loadContent(config.folders.content);
  const ending = new AbortController();
  process.once("SIGINT", () => {
    ending.abort();
    process.exit(130);
  });
  await ask(options, {
    content,
    ...(options.hasModel ? await openModel(config) : {}),
    clock: systemClock,
    random: Math.random,
    look: createLook(process.stdout.isTTY && !process.env.NO_COLOR),
    write: (text) => void process.stdout.write(text),
    signal: ending.signal,
  });
}

// EPIPE: a reader such as `head` closes the pipe early.
process.stdout.on("error", () => process.exit(0));
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
  process.exit(1);
});
