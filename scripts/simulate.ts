import { writeFile } from "node:fs/promises";
import { CommanderError } from "commander";
import { parseOptions } from "./simulate/options.ts";
import { createProgress } from "./simulate/progress.ts";
import { renderHtml } from "./simulate/report/html.ts";
import { isGood, renderText } from "./simulate/report/report.ts";
import { simulate } from "./simulate/run-simulation.ts";

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const options = parseOptions(args);
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const progress = createProgress(process.stderr);
  const { report, results } = await simulate(options, {
    command: ["npm run simulate", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
    signal: interrupted.signal,
    onProgress: progress.show,
  }).finally(progress.end);
  if (options.html !== undefined) await writeFile(options.html, renderHtml(report, results));
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderText(report));
  if (!isGood(report)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
