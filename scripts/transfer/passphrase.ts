import { OperatorError } from "../../lib/core/index.ts";
import { openConsole } from "../terminal/console-terminal.ts";

const SHORTEST = 12;

/** Asks for a passphrase; for a new one twice, because nobody can read the backup without it. */
export async function askPassphrase({ isNew }: { isNew: boolean }): Promise<string> {
  const terminal = openConsole();
  try {
    const ask = (question: string): Promise<string> => terminal.ask(question, { isSecret: true });
    const passphrase = await ask("Passphrase: ");
    if (!isNew) return passphrase;
    if (passphrase.length < SHORTEST) throw refused(`It must have at least ${SHORTEST} characters.`);
    if ((await ask("Once more: ")) !== passphrase) throw refused("These were two different passphrases.");
    return passphrase;
  } finally {
    terminal.close();
  }
}

function refused(message: string): OperatorError {
  return new OperatorError(message, { code: "PASSPHRASE" });
}
