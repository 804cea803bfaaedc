import { Command } from "commander";
import { backUp } from "../lib/app/index.ts";
import { loadConfig } from "../lib/config/index.ts";
import { describeCounts, runCommand } from "./transfer/output.ts";
import { askPassphrase } from "./transfer/passphrase.ts";

const NOTES = `
The file is what "mongodump --archive --gzip" writes, and "mongorestore --archive=FILE --gzip" reads it. With a passphrase
it is that file encrypted as by age (age-encryption.org); BACKUP_PASSPHRASE is used where it is set.`;

function readArguments(args: readonly string[]): { file: string; encrypts: boolean } {
  const command = new Command("npm run backup --")
    .description("Writes the database to a file, also while the bot runs, and checks the file")
    .argument("<file>", "such as helpline-2026-11-30.archive.gz; must not exist yet")
    .option("--encrypt", "ask for a passphrase")
    .addHelpText("after", NOTES)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: "user" });
  const { encrypt = false } = command.opts<{ encrypt?: boolean }>();
  return { file: String(command.args[0]), encrypts: encrypt };
}

runCommand(async () => {
  const { file, encrypts } = readArguments(process.argv.slice(2));
  const config = loadConfig(process.env);
  const passphrase = config.backupPassphrase ?? (encrypts ? await askPassphrase({ isNew: true }) : undefined);
  const { counts, isOneMoment } = await backUp(config, file, passphrase);
  process.stdout.write(describeCounts(counts));
  process.stdout.write(
    `Written to ${file}${passphrase === undefined ? "" : ", encrypted"}, and read again.\n`,
  );
  if (isOneMoment) return;
  process.stdout.write(
    "This MongoDB is no replica set, so the backup is not of one moment: what happened meanwhile may be in it in part.\n",
  );
});
