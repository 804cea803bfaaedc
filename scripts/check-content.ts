import { existsSync } from "node:fs";
import { Command } from "commander";
import { readConfig } from "../lib/config/index.ts";
import { loadContent } from "../lib/content/index.ts";
import { AppError, errorCode } from "../lib/core/index.ts";
import { listMedia, summarise } from "./check-content/summary.ts";

const EXIT_CODES = `
Exit codes: 0 all is well, 1 the content has mistakes, 2 it could not be checked.
The folders are CONTENT_DIR and MEDIA_DIR (content and media unless set).`;

function readArguments(args: readonly string[]): void {
  new Command("npm run check-content --")
    .description("Checks everything the bot says and shows, without starting it; names each mistake")
    .addHelpText("after", EXIT_CODES)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: "user" });
}

async function main(): Promise<void> {
  readArguments(process.argv.slice(2));
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { content: folder, media: mediaFolder } = readConfig(process.env).folders;
  const content = await loadContent(folder, { mediaFolder });
  process.stdout.write(summarise(content, await listMedia(mediaFolder)));
}

// Whoever reads only the first lines, as `head` does, closes the pipe.
process.stdout.on("error", () => process.exit(0));
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
  process.exit(errorCode(error) === "CONTENT_INVALID" ? 1 : 2);
});
