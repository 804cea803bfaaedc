import { Command, CommanderError, InvalidArgumentError } from "commander";
import { Library } from "../lib/answers/index.ts";
import { loadConfig } from "../lib/config/index.ts";
import { addQuestion, type Content, loadContent } from "../lib/content/index.ts";
import { AppError, systemClock } from "../lib/core/index.ts";
import { type Gaps, readGaps } from "../lib/operations/index.ts";
import { renderGaps } from "./gaps/report.ts";
import { openSource } from "./stats/source.ts";

const MAX_DAYS = 3_650;

interface Options {
  days: number;
  json?: true;
  add?: string;
}

async function main(): Promise<void> {
  const command = new Command("npm run gaps --")
    .description("What people asked and did not get, pages they disliked, and pages nobody reads")
    .argument("[question]", "with --add: the question, as people ask it")
    .option("--days <number>", "how far back to look", parseDays, 30)
    .option("--add <target>", "add a question to a page, such as en/condoms, or to unanswered/en")
    .option("--json", "print the figures as JSON")
    .exitOverride()
    .parse();
  const options = command.opts<Options>();
  const config = loadConfig(process.env);
  const { content: folder } = config.folders;
  if (options.add !== undefined) {
    const path = await addQuestion(folder, options.add, command.args[0] ?? "");
    await loadContent(folder); // names the mistake if the question made one, such as being there twice
    process.stdout.write(`Added to ${path}; /reload takes it over.\n`);
    return;
  }
  const content = await loadContent(folder);
  const source = await openSource(config);
  if (!source) {
    process.stdout.write("There is no data yet: nobody has asked anything.\n");
    return;
  }
  try {
    const gaps = await readGaps(source.store.libraryUse, content.pages, {
      clock: systemClock,
      days: options.days,
    });
    process.stdout.write(
      options.json ? `${JSON.stringify(gaps)}\n` : renderGaps(gaps, await nearestPages(gaps, content)),
    );
  } finally {
    await source.close();
  }
}

/** For each group of words, the page that comes nearest: where an example question may belong. */
async function nearestPages({ groups }: Gaps, content: Content): Promise<(string | undefined)[]> {
  const library = new Library(content);
  const found = groups.map(async ({ words, language }) => {
    const [nearest] = await library.find({ text: words.join(" "), language, history: [] }, 1);
    return nearest?.pageId;
  });
  return await Promise.all(found);
}

function parseDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days > 0 && days <= MAX_DAYS) return days;
  throw new InvalidArgumentError(`A whole number from 1 to ${MAX_DAYS}.`);
}

// A reader such as `head` closes the pipe early.
process.stdout.on("error", () => process.exit(0));
main().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
  process.exit(1);
});
