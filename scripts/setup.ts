import { Command } from "commander";
import { runSetup } from "../lib/app/index.ts";
import { changeEnvText, loadConfig, readEnvFile, writeEnvFile } from "../lib/config/index.ts";
import { AppError, systemClock } from "../lib/core/index.ts";
import { openConsole } from "./terminal/console-terminal.ts";

const FILE = ".env";

function readArguments(args: readonly string[]): void {
  new Command("npm run setup")
    .description(`Asks for what a bot needs, checks it, and writes it to ${FILE}`)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: "user" });
}

async function main(): Promise<void> {
  readArguments(process.argv.slice(2));
  loadConfig(process.env, FILE); // what is wrong in it is named before anything is asked
  const terminal = openConsole();
  try {
    const changes = await runSetup({ terminal, environment: { ...process.env }, clock: systemClock });
    if (Object.keys(changes).length > 0) {
      await writeEnvFile(FILE, changeEnvText(await readEnvFile(FILE), changes));
      terminal.say(`\nWritten to ${FILE}, which only you can read.`);
    }
    terminal.say("Start the bot with: npm start, or npx helpline where it was installed as a package");
  } finally {
    terminal.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
  process.exit(1);
});
