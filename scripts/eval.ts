import { existsSync } from "node:fs";
import { Command } from "commander";
import { readConfig } from "../lib/config/index.ts";
import { loadContent, loadEvaluation } from "../lib/content/index.ts";
import { AppError } from "../lib/core/index.ts";
import { evaluate, scoreOf } from "./eval/evaluate.ts";
import { MIN_RECALL, renderEvaluation } from "./eval/report.ts";

const NO_EVALUATION = `There is no evaluation.yaml in the content folder yet, so there is nothing to judge the search by.
Write one with questions as people ask them, and the pages that answer them:

questions:
  - { language: en, question: "how do i put on a condom", pages: [condoms] }
  - { language: en, question: "who won the world cup", pages: [] }   # nothing should be found
`;

/** Ends with exit code 1 where the search is not good enough. */
async function main(): Promise<void> {
  new Command("npm run eval --")
    .description(
      "How well the search finds the pages of content/evaluation.yaml; fails below a recall@3 of 0.9",
    )
    .addHelpText("after", "\n* marks questions that were held out while tuning the search.")
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse();
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { folders } = readConfig(process.env);
  const content = await loadContent(folders.content);
  const questions = await loadEvaluation(folders.content, content);
  if (questions === null) {
    process.stdout.write(NO_EVALUATION);
    return;
  }
  const results = evaluate(questions, content);
  process.stdout.write(renderEvaluation(results, { color: process.stdout.isTTY && !process.env.NO_COLOR }));
  if (scoreOf(results).recallAt3 < MIN_RECALL) process.exitCode = 1;
}

// Whoever reads only the first lines, as `head` does, closes the pipe.
process.stdout.on("error", () => process.exit(0));
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
  process.exit(1);
});
