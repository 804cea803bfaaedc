import type { Config, SettingChanges } from "../../config/index.ts";
import { errorMessage } from "../../core/index.ts";
import { checkDatabase } from "../../store/index.ts";
import { checkToken, type User } from "../../telegram/index.ts";
import { openApi } from "../connections.ts";
import { askForModel } from "./ask-for-model.ts";
import { askFor, type Checked, type SetupDeps } from "./ask-for-setting.ts";
import { findOperators } from "./find-operators.ts";

/** Asks for what a bot needs, checks each answer at once, and returns what is to be written to `.env`. */
export async function runSetup(deps: SetupDeps): Promise<SettingChanges> {
  const { terminal } = deps;
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
  const model = await askForModel(deps);
  const uri = await askFor("MONGODB_URI", {
    ...deps,
    question: "The address of a MongoDB, such as mongodb://user:password@host/helpline",
    without: "the embedded database is used, which is enough for a small bot",
    check: checkMongo,
  });
  return { ...token, ...model, ...uri, ...(bot ? await askForOperators(bot, deps) : {}) };
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
