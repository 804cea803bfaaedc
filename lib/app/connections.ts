import { join } from "node:path";
import { type Model, openCheckedModel } from "../answers/index.ts";
import type { Config, ModelConfig } from "../config/index.ts";
import { backoffMs, type Clock, errorMessage, type Logger, makePrivateFolder } from "../core/index.ts";
import type { ModelPreview, SandboxTelegram } from "../sandbox/index.ts";
import type { Store } from "../store/index.ts";
import { checkToken, TelegramApi, type User } from "../telegram/index.ts";

/** Telegram, which has confirmed the token, and the models. */
export interface Connections {
  api: TelegramApi;
  bot: User;
  /** In the order in which they are asked. */
  models: readonly UsableModel[];
  /** What the operator must mend before the other models can be used. */
  modelProblems: readonly { model: string; reason: string }[];
}

/** A model whose settings its provider did not object to. */
export interface UsableModel {
  setup: ModelConfig;
  model: Model;
}

export interface ConnectDeps {
  api: TelegramApi;
  clock: Clock;
  logger: Logger;
  /** A number in [0, 1). */
  random: () => number;
  /** Ends the retries. */
  signal: AbortSignal;
}

/** A simulated Telegram and the root of its Bot API. */
export interface Sandbox {
  telegram: SandboxTelegram;
  apiRoot: string;
  /** A model that the chat page can switch on; undefined when a real one is set up. */
  preview: ModelPreview | undefined;
  /** The operators: those of the settings, else preset ones. */
  operators: Config["operators"];
  /** The path of the page of preset operators; undefined where the settings name others. */
  operatorsPage: string | undefined;
}

/** The simulated bot's token, which grants access to nothing. */
const SANDBOX_TOKEN = "7000000001:sandbox";

/** Starts the simulated Telegram that is used without a token. */
export async function startSandbox(
  { folders, models, operators }: Pick<Config, "folders" | "models" | "operators">,
  store: Pick<Store, "sandbox">,
  { clock, logger }: Pick<ConnectDeps, "clock" | "logger">,
): Promise<Sandbox> {
  const filesFolder = join(folders.data, "simulated-telegram");
  await makePrivateFolder(filesFolder, { isDeep: true, logger });
  const { createModelPreview, createSandboxTelegram, OPERATORS_PAGE, presetOperators } = await import(
    "../sandbox/index.ts"
  );
  const telegram = createSandboxTelegram({
    clock,
    logger,
    token: SANDBOX_TOKEN,
    storage: store.sandbox,
    // A backup holds the bot's data and not the simulated chats. In a restored database, ids that started at 1 again
    // would be those of updates that were handled before the backup, and the bot would ignore them.
    idsAfter: Math.floor(clock.now() / 1000),
    filesFolder,
    callsKept: 100,
  });
  const { apiRoot } = await telegram.start();
  const isSet = operators.userIds.length > 0 || operators.chatId !== undefined;
  return {
    telegram,
    apiRoot,
    preview: models.length === 0 ? createModelPreview(clock) : undefined,
    operators: isSet ? operators : await presetOperators(telegram),
    operatorsPage: isSet ? undefined : OPERATORS_PAGE,
  };
}

/** The client of Telegram, or of the sandbox at `sandboxRoot`. */
export function openApi(
  { telegram, proxies }: Pick<Config, "telegram" | "proxies">,
  sandboxRoot: string | undefined,
): TelegramApi {
  const apiRoot = sandboxRoot ?? telegram.apiRoot;
  return new TelegramApi({
    token: telegram.token ?? SANDBOX_TOKEN,
    proxies,
    ...(apiRoot === undefined ? {} : { apiRoot }),
  });
}

/** Resolves once Telegram and the models have responded. May be awaited late: a failure is no unhandled rejection. */
export function connect({ models }: Pick<Config, "models">, deps: ConnectDeps): Promise<Connections> {
  const { api } = deps;
  const checks = Promise.all([checkTelegram(deps), checkModels(models, deps)]);
  const connections = checks.then(([bot, checked]) => ({ api, bot, ...checked }));
  connections.catch(() => undefined);
  return connections;
}

async function checkModels(
  setups: readonly ModelConfig[],
  deps: ConnectDeps,
): Promise<Pick<Connections, "models" | "modelProblems">> {
  const checked = await Promise.all(setups.map((setup) => openCheckedModel(setup, deps)));
  return {
    models: checked.filter((outcome) => "model" in outcome),
    modelProblems: checked.flatMap((outcome) =>
      "problem" in outcome ? [{ model: outcome.setup.model, reason: outcome.problem }] : [],
    ),
  };
}

/** Privacy mode is Telegram's default, and the reason most often that a bot seems deaf in a group. */
function explainPrivacyMode(bot: User, logger: Logger): void {
  if (bot.can_read_all_group_messages !== false || bot.can_join_groups === false) return;
  logger.info(
    "Privacy mode is on at @BotFather: in groups Telegram passes on only commands, mentions of the bot and replies to it. " +
      "To let it see more, send /setprivacy to @BotFather, choose Disable, and add the bot to its groups again.",
  );
}

/** Retries until Telegram responds; rejects when it does not know the token. */
async function checkTelegram({ api, clock, logger, random, signal }: ConnectDeps): Promise<User> {
  for (let attempt = 0; ; attempt += 1) {
    const check = await checkToken(api, signal);
    if (check.kind === "valid") {
      explainPrivacyMode(check.bot, logger);
      return check.bot;
    }
    logger.warn("Telegram cannot be reached; trying again", { reason: errorMessage(check.error) });
    await clock.sleep(backoffMs(attempt, { baseMs: 1_000, maxMs: 30_000, random }), signal);
  }
}
