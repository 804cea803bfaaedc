import { Command } from "commander";
import { loadConfig } from "../lib/config/index.ts";
import { loadContent, reviewContent } from "../lib/content/index.ts";
import { AppError, errorCode } from "../lib/core/index.ts";
import { listMedia, listWarnings, summarise } from "./check-content/summary.ts";

const EXIT_CODES = `
Exit codes: 0 no mistakes, warnings or not, 1 the content has mistakes, 2 it could not be checked.
The folders are CONTENT_DIR and MEDIA_DIR (content and media unless set).`;

function readArguments(args: readonly string[]): void {
  new Command("npm run check-content --")
    .description("Checks everything the bot says and shows, without starting it; lists mistakes and warnings")
    .addHelpText("after", EXIT_CODES)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: "user" });
}

async function main(): Promise<void> {
  readArguments(process.argv.slice(2));
  const { content: folder, media: mediaFolder } = loadConfig(process.env).folders;
  const content = await loadContent(folder, { mediaFolder });
  process.stdout.write(summarise(content, await listMedia(mediaFolder)));
  process.stdout.write(listWarnings(await reviewContent(folder, content, new Date())));
}

// Readers such as `head` close the pipe early.
process.stdout.on("error", () => process.exit(0));
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
  process.exit(errorCode(error) === "CONTENT_INVALID" ? 1 : 2);
});
