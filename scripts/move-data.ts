import { Command, InvalidArgumentError } from "commander";
import { moveData } from "../lib/app/index.ts";
import { type Config, loadConfig, readConfig } from "../lib/config/index.ts";
import { countLine, runCommand } from "./transfer/output.ts";

const EMBEDDED = "embedded";
const NOTES = `
Stop the bot first: the embedded database can only be moved then, and a MongoDB that a bot is using is refused. The
source stays as it is. If the move is interrupted, repeat it: it goes on. In the end every collection is compared.`;

function readArguments(args: readonly string[]): { to: string; force: boolean } {
  const { to, force = false } = new Command("npm run move-data --")
    .description("Copies the bot's data from the database of the settings to an empty one")
    .requiredOption(
      "--to <database>",
      `its address (mongodb://…), or "${EMBEDDED}" for the one in DATA_DIR`,
      readTarget,
    )
    .option("--force", "even though a bot seems to be running")
    .addHelpText("after", NOTES)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: "user" })
    .opts<{ to: string; force?: boolean }>();
  return { to, force };
}

/** An empty one, as from a variable that is not set, would be the embedded database. */
function readTarget(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/** The settings as they will be with the other database. */
function configFor(to: string): Config {
  return readConfig({ ...process.env, MONGODB_URI: to === EMBEDDED ? undefined : to });
}

runCommand(async () => {
  const { to, force } = readArguments(process.argv.slice(2));
  const from = loadConfig(process.env);
  const target = configFor(to);
  await moveData({
    from,
    to: target,
    ignoresRunning: force,
    onMoved({ name, documents, checksum }) {
      process.stdout.write(`${countLine(name, documents)}   ${checksum}\n`);
    },
  });
  const change = to === EMBEDDED ? "take MONGODB_URI out of .env" : "set MONGODB_URI in .env (npm run setup)";
  process.stdout.write(
    `Counts and checksums are the same in both databases. Now ${change}, and start the bot.\n`,
  );
});
