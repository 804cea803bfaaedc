import { openCheckedModel } from "../../answers/index.ts";
import {
  type Config,
  type Environment,
  problemWith,
  readConfig,
  type SettingChanges,
  type SettingName,
} from "../../config/index.ts";
import { type Clock, errorMessage, type LogFields, OperatorError } from "../../core/index.ts";
import { checkDatabase } from "../../store/index.ts";
import { checkToken, type User } from "../../telegram/index.ts";
import { openApi } from "../connections.ts";
import { findOperators } from "./find-operators.ts";
import { confirm, type Terminal } from "./terminal.ts";

export interface SetupDeps {
  terminal: Terminal;
  /** The settings so far. */
  environment: Environment;
  clock: Clock;
}

/** The result of a check: a sentence for the operator, and whether what they gave can be used. */
interface Checked {
  isRight: boolean;
  said: string;
}

/** Asks for what a bot needs, checks each answer at once, and returns what is to be written to `.env`. */
export async function runSetup(deps: SetupDeps): Promise<SettingChanges> {
  const { terminal, clock } = deps;
  terminal.say("Enter leaves a setting as it is. Ctrl-C ends this; nothing is written before the end.");
  let bot: { user: User; config: Config } | undefined;
  const token = await askFor("TELEGRAM_BOT_TOKEN", {
    ...deps,
    question: "The bot's token, from @BotFather",
    without: "Telegram is simulated on this machine",
    async check(config) {
      const checked = await checkTelegram(config);
      bot = checked.bot && { user: checked.bot, config };
      return checked;
    },
  });
  const key = await askFor("GEMINI_API_KEY", {
    ...deps,
    question: "A key for Gemini, from https://aistudio.google.com/apikey",
    without: "answers come from the library",
    check: (config) => checkModel(config, clock),
  });
  const uri = await askFor("MONGODB_URI", {
    ...deps,
    question: "The address of a MongoDB, such as mongodb://user:password@host/helpline",
    without: "the embedded database is used, which is enough for a small bot",
    check: checkMongo,
  });
  return { ...token, ...key, ...uri, ...(bot ? await askForOperators(bot, deps) : {}) };
}

interface Asked extends SetupDeps {
  question: string;
  /** What happens without the setting. */
  without: string;
  check(config: Config): Promise<Checked>;
}

/** Asks until the answer is right, is kept all the same, or is empty. */
async function askFor(name: SettingName, asked: Asked): Promise<SettingChanges> {
  const { terminal, environment, question, without, check } = asked;
  const present = environment[name] || undefined;
  const enter = present === undefined ? without : "the one that is set is kept";
  for (;;) {
    const typed = await terminal.ask(`\n${question}\n  (Enter: ${enter}) > `, { isSecret: true });
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

async function checkTelegram(config: Config): Promise<Checked & { bot?: User }> {
  const api = openApi(config, undefined);
  try {
    const check = await checkToken(api);
    return check.kind === "valid"
      ? { isRight: true, said: `The bot is @${check.bot.username}.`, bot: check.bot }
      : { isRight: false, said: `Telegram cannot be reached: ${errorMessage(check.error)}` };
  } finally {
    api.closeConnections();
  }
}

async function checkModel({ models }: Config, clock: Clock): Promise<Checked> {
  const warnings: string[] = [];
  const warn = (message: string, { reason, status }: LogFields = {}): void => {
    warnings.push(`${message} (${String(reason ?? status)})`);
  };
  for (const setup of models) {
    const checked = await openCheckedModel(setup, {
      clock,
      logger: { error() {}, warn, info() {}, debug() {} },
    });
    const said = "problem" in checked ? checked.problem : warnings[0];
    if (said !== undefined) return { isRight: false, said };
  }
  return { isRight: true, said: `The model ${models.map(({ model }) => model).join(" and ")} can be used.` };
}

async function checkMongo({ mongodb: { uri = "", database } }: Config): Promise<Checked> {
  const { isEmpty } = await checkDatabase({ uri, database });
  const state = isEmpty ? "is empty" : "has data already";
  return { isRight: true, said: `MongoDB answers. The database ${database} ${state}.` };
}

async function askForOperators(
  { user, config }: { user: User; config: Config },
  { terminal, clock }: SetupDeps,
): Promise<SettingChanges> {
  const api = openApi(config, undefined);
  try {
    const { userIds, chatId } = await findOperators({ api, bot: user, terminal, clock });
    const all = [...new Set([...config.operators.userIds, ...userIds])];
    return {
      ...(userIds.length === 0 ? {} : { ADMIN_USER_IDS: all.join(",") }),
      ...(chatId === undefined ? {} : { OPERATORS_CHAT_ID: String(chatId) }),
    };
  } finally {
    api.closeConnections();
  }
}
