import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { GATE_WEIGHTS } from "../lib/answers/index.ts";
import { loadConfig } from "../lib/config/index.ts";
import { type Content, loadContent, loadEvaluation, loadEvaluationFile } from "../lib/content/index.ts";
import { AppError } from "../lib/core/index.ts";
import { evaluate, scoreOf } from "./eval/evaluate.ts";
import { fitGate, withExamples } from "./eval/fit-gate.ts";
import { type EvaluatedMeaning, meaningForEvaluation } from "./eval/meaning.ts";
import { evaluationJson, missedLimits, renderEvaluation, renderGain, renderMisses } from "./eval/report.ts";
import { evaluateRisks, missedRiskLimits, readRiskMessages } from "./eval/risk-evaluation.ts";
import { renderRisks, risksAsJson } from "./eval/risk-report.ts";

const NO_EVALUATION = `There is no evaluation/*.yaml in the content folder yet, so there is nothing to judge the search by.
Write one with questions as people ask them, and the pages that answer them:

questions:
  - { language: en, question: "how do i put on a condom", pages: [condoms] }
  - { language: en, question: "who won the world cup", pages: [] }   # nothing should be found
`;

interface Options {
  questions?: string;
  misses?: true;
  examples: boolean;
  embeddings?: true;
  fit?: true;
  risk?: string;
  json?: true;
  minHeard?: string;
  maxFalseAlarms?: string;
}

/** Sets exit code 1 when the figures are below the limits. */
async function main(): Promise<void> {
  const command = new Command("npm run eval --")
    .description(
      "How well the library answers the questions of content/evaluation/; fails below the limits. With --risk: how well the risk rules hear the messages of a file",
    )
    .option("--questions <file>", "judge the questions of this file instead")
    .option("--misses", "list the questions that went wrong")
    .option("--no-examples", "leave the example questions of the pages out")
    .option(
      "--embeddings",
      "judge it by words alone, then with embeddings: those of your settings, else of a stand-in without a network",
    )
    .option("--fit", "fit the weights of the gate to the set `tune` and print them")
    .option("--risk <file>", 'messages as lines "language|rule|message", "-" for no rule')
    .option("--json", "print the figures, and what went wrong or each outcome, as JSON")
    .option(
      "--min-heard <share>",
      "with --risk: fail when less is heard with the right rule in any part or language, such as 0.85",
    )
    .option(
      "--max-false-alarms <share>",
      "with --risk: fail when more everyday messages raise a rule, such as 0.03",
    )
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse();
  const options = command.opts<Options>();
  const config = loadConfig(process.env);
  const { folders } = config;
  const content = await loadContent(folders.content);
  const meaning = options.embeddings && (await meaningForEvaluation(config));
  if (options.risk === undefined) await evaluateSearch(folders.content, content, { ...options, meaning });
  else await evaluateRiskRules(options.risk, content, options);
}

async function evaluateSearch(
  folder: string,
  content: Content,
  options: Options & { meaning: EvaluatedMeaning | undefined },
): Promise<void> {
  const { questions: file, examples, meaning } = options;
  const sets =
    file === undefined
      ? await loadEvaluation(folder, content)
      : { [file]: await loadEvaluationFile(file, content) };
  if (sets === null) {
    process.stdout.write(NO_EVALUATION);
    return;
  }
  if (options.fit) {
    const fitted = JSON.stringify(await fitGate(sets.tune ?? [], content), null, 2);
    const isKnown = fitted === JSON.stringify(GATE_WEIGHTS, null, 2);
    process.stdout.write(`${fitted}\n`);
    process.stderr.write(
      `${isKnown ? "These are" : "They differ from"} the weights in lib/answers/library/gate.ts.\n`,
    );
    return;
  }
  const judged = {
    ...(examples ? content : withExamples(content, 0)),
    risks: content.risks,
    riskExamples: content.riskExamples,
  };
  const color = process.stdout.isTTY && !process.env.NO_COLOR;
  for (const [name, questions] of Object.entries(sets)) {
    const byWords = await evaluate(questions, judged);
    const results = meaning ? await evaluate(questions, judged, { meaning }) : byWords;
    if (options.json) process.stdout.write(`${JSON.stringify(evaluationJson(results))}\n`);
    else process.stdout.write(renderEvaluation(name, byWords, { color }));
    if (meaning && !options.json) {
      process.stdout.write(renderEvaluation(`${name}, with embeddings`, results, { color }));
      process.stdout.write(renderGain(meaning.name, byWords, results));
    }
    if (options.misses && !options.json) process.stdout.write(renderMisses(results));
    if (examples && missedLimits(scoreOf(results)).length > 0) process.exitCode = 1;
  }
}

async function evaluateRiskRules(
  file: string,
  { risks, riskExamples }: Content,
  { json, minHeard = "0", maxFalseAlarms = "1" }: Options,
): Promise<void> {
  const ids = risks.map(({ id }) => id);
  const messages = readRiskMessages(await readFile(file, "utf8"), ids);
  const results = await evaluateRisks(messages, risks, riskExamples);
  process.stdout.write(json ? risksAsJson(results) : renderRisks(results));
  const limits = { minHeard: Number(minHeard), maxFalseAlarms: Number(maxFalseAlarms) };
  const missed = missedRiskLimits(results, limits);
  for (const line of missed) process.stderr.write(`${line}\n`);
  if (missed.length > 0) process.exitCode = 1;
}

// EPIPE: a reader such as `head` closes the pipe early.
process.stdout.on("error", () => process.exit(0));
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
  process.exit(1);
});
