import { Command, InvalidArgumentError } from "commander";

export interface AskOptions {
  question: string;
  /** A language code; missing: the content's default. */
  language?: string;
  /** Ask the model, if there is a key. */
  hasModel: boolean;
  /** Whether the whole prompt is shown. */
  showsPrompt: boolean;
}

/** Reads the command line; a wrong one prints what is wrong and the usage, and ends the program with code 2. */
export function readOptions(args: readonly string[]): AskOptions {
  const command = new Command("npm run ask --")
    .description(
      "Asks a question as a person would, and shows what the answer is made of: passages, risk, prompt, answer, time",
    )
    .argument("<question...>", 'in quotes, such as "how do I put on a condom"', collect)
    .option("--language <code>", "the person's language, such as fr (the content's default unless given)")
    .option("--no-model", "from the library alone, also where there is a key")
    .option("--no-prompt", "leave the prompt out")
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  command.parse(args, { from: "user" });
  const { language, model, prompt } = command.opts<{ language?: string; model: boolean; prompt: boolean }>();
  const question = (command.processedArgs[0] as string[]).join(" ").trim();
  return { question, hasModel: model, showsPrompt: prompt, ...(language === undefined ? {} : { language }) };
}

function collect(word: string, before: string[] | undefined): string[] {
  if (word.trim() === "" && before === undefined) throw new InvalidArgumentError("Write a question.");
  return [...(before ?? []), word];
}
