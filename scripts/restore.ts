import { Command } from "commander";
import { checkBackup, isEncrypted, restore } from "../lib/app/index.ts";
import { type Config, loadConfig } from "../lib/config/index.ts";
import { describeCounts, runCommand } from "./transfer/output.ts";
import { askPassphrase } from "./transfer/passphrase.ts";

interface RestoreOptions {
  file: string;
  replaces: boolean;
  onlyChecks: boolean;
}

function readArguments(args: readonly string[]): RestoreOptions {
  const command = new Command("npm run restore --")
    .description("Fills the database from a backup, or from an archive of mongodump. Stop the bot first")
    .argument("<file>")
    .option("--replace", "delete what the database holds; without it only an empty one is filled")
    .option("--check", "only read the backup, and say what is in it")
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: "user" });
  const { replace = false, check = false } = command.opts<{ replace?: boolean; check?: boolean }>();
  return { file: String(command.args[0]), replaces: replace, onlyChecks: check };
}

async function passphraseFor(file: string, { backupPassphrase }: Config): Promise<{ passphrase?: string }> {
  if (!(await isEncrypted(file))) return {};
  return { passphrase: backupPassphrase ?? (await askPassphrase({ isNew: false })) };
}

runCommand(async () => {
  const { file, replaces, onlyChecks } = readArguments(process.argv.slice(2));
  const config = loadConfig(process.env);
  const { passphrase } = await passphraseFor(file, config);
  if (onlyChecks) {
    process.stdout.write(describeCounts(await checkBackup(file, passphrase)));
    process.stdout.write("The backup is complete.\n");
    return;
  }
  const counts = await restore(config, {
    file,
    replaces,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  process.stdout.write(describeCounts(counts));
  process.stdout.write(
    `Restored into the database ${config.mongodb.database}. Start the bot with: npm start\n`,
  );
});
