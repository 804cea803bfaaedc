import {
  type Config,
  type Environment,
  problemWith,
  readConfig,
  SETTINGS,
  type SettingChanges,
  type SettingEntry,
  type SettingName,
} from "../../config/index.ts";
import { type Clock, OperatorError } from "../../core/index.ts";
import { confirm, type Terminal } from "./terminal.ts";

export interface SetupDeps {
  terminal: Terminal;
  /** The settings so far. */
  environment: Environment;
  clock: Clock;
}

/** The result of a check: a sentence for the operator, and whether what they gave can be used. */
export interface Checked {
  isRight: boolean;
  said: string;
}

export interface Asked extends SetupDeps {
  question: string;
  /** What happens without the setting. */
  without: string;
  check(config: Config): Promise<Checked>;
}

/** Asks until the answer is right, is kept all the same, or is empty. */
export async function askFor(name: SettingName, asked: Asked): Promise<SettingChanges> {
  const { terminal, environment, question, without, check } = asked;
  const { secret: isSecret = false }: SettingEntry = SETTINGS[name];
  const present = environment[name] || undefined;
  const enter = present === undefined ? without : "the one that is set is kept";
  for (;;) {
    const typed = await terminal.ask(`\n${question}\n  (Enter: ${enter}) > `, { isSecret });
    const value = typed || present;
    if (value === undefined) return {};
    const problem = problemWith(name, value);
    if (problem !== undefined) {
      terminal.say(`  ✘ ${problem}`);
      continue;
    }
    const { isRight, said } = await checkSetting({ ...environment, [name]: value }, check);
    terminal.say(`  ${isRight ? "✔" : "✘"} ${said}`);
    if (isRight || !(await confirm(terminal, "  Give another one?", true))) return { [name]: value };
  }
}

/** A mistake of the operator's becomes a sentence; anything else is a fault of ours. */
async function checkSetting(environment: Environment, check: Asked["check"]): Promise<Checked> {
  try {
    return await check(readConfig(environment));
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { isRight: false, said: error.message };
  }
}
