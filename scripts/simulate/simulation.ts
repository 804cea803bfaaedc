import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { createSandboxTelegram, type FaultChance, type SandboxTelegram } from "../../lib/sandbox/index.ts";
import {
  createFakeGemini,
  createFakeOpenAi,
  type FakeModel,
  type FakeModelOptions,
} from "../../lib/sandbox/models/index.ts";
import { type BotProcess, startBot } from "./bot/bot-process.ts";
import { copyPlainContent } from "./plain-content.ts";

const TOKEN = "7000000002:a-token-of-the-simulation";
const MODEL = { apiKey: "key-of-the-simulation", model: "model-of-the-simulation" };

/** The providers that can be simulated, by the prefix of their settings. */
const PROVIDERS = {
  gemini: { createFake: createFakeGemini, prefix: "GEMINI" },
  openai: { createFake: createFakeOpenAi, prefix: "OPENAI" },
} as const;
export type SimulatedProvider = keyof typeof PROVIDERS;
export const SIMULATED_PROVIDERS = Object.keys(PROVIDERS) as SimulatedProvider[];

/** A simulated Telegram and model and a data folder, for bots in processes of their own. */
export interface Simulation {
  telegram: SandboxTelegram;
  model: FakeModel;
  /** The address of the simulated Bot API. */
  apiRoot: string;
  dataFolder: string;
  /** The environment of a bot that uses them. */
  environment(): Record<string, string>;
  /** A setting of the simulated model, such as its `RPD`. */
  modelSetting(
    name: "API_KEY" | "BASE_URL" | "MAX_CONCURRENT" | "RPD",
    value: string,
  ): Record<string, string>;
  startBot(environment?: Record<string, string>): Promise<BotProcess>;
  /** The bot's texts in the private chat of a person, oldest first. */
  botTexts(userId: number): string[];
  /** Ends running bots and both simulations, and deletes the data. */
  close(): Promise<void>;
}

export interface SimulationOptions
  extends Pick<FakeModelOptions, "respond" | "latency" | "keepCalls" | "pieces"> {
  /** Gemini unless another is given. */
  provider?: SimulatedProvider;
  /** Whether the bot only answers, without guides and ratings: see `copyPlainContent`. */
  isPlain?: boolean;
  /** Whether a bot that only answers keeps the sample content's limits. */
  hasLimits?: boolean;
  /** The pages in the library of a bot that only answers, by id; all if left out. */
  pages?: readonly string[];
  /** Decides the fault of each call to Telegram or the model; none by default. */
  faults?: { telegram?: FaultChance; model?: NonNullable<FakeModelOptions["fault"]> };
}

export async function createSimulation(options: SimulationOptions = {}): Promise<Simulation> {
  const { faults, isPlain = false, hasLimits = false, pages, provider = "gemini", ...modelOptions } = options;
  const { createFake, prefix } = PROVIDERS[provider];
  const telegram = createSandboxTelegram({
    token: TOKEN,
    callsKept: 1_000_000,
    ...(faults?.telegram ? { fault: faults.telegram } : {}),
    clock: systemClock,
    logger: silentLogger,
  });
  const model = createFake({
    ...MODEL,
    clock: systemClock,
    ...modelOptions,
    ...(faults?.model ? { fault: faults.model } : {}),
  });
  const [{ apiRoot }, { baseUrl }] = await Promise.all([telegram.start(), model.start()]);
  const folder = await mkdtemp(join(tmpdir(), "helpline-"));
  const dataFolder = join(folder, "data");
  const contentFolder = join(folder, "content");
  if (isPlain) await copyPlainContent(contentFolder, { hasLimits, ...(pages ? { pages } : {}) });
  const bots: BotProcess[] = [];
  const environment = (): Record<string, string> => ({
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: apiRoot,
    [`${prefix}_API_KEY`]: MODEL.apiKey,
    [`${prefix}_MODEL`]: MODEL.model,
    [`${prefix}_BASE_URL`]: baseUrl,
    EMBEDDINGS: "off", // the library would be embedded at each start, beside what is simulated
    DATA_DIR: dataFolder,
    HTTP_PORT: "0",
    ...(isPlain ? { CONTENT_DIR: contentFolder } : {}),
  });
  return {
    telegram,
    model,
    apiRoot,
    dataFolder,
    environment,
    modelSetting: (name, value) => ({ [`${prefix}_${name}`]: value }),
    async startBot(overrides = {}) {
      const bot = await startBot({ ...environment(), ...overrides });
      bots.push(bot);
      return bot;
    },
    botTexts(userId) {
      const messages = telegram.chat(userId)?.messages ?? [];
      return messages.filter(({ from }) => from?.is_bot).map(({ text }) => text ?? "");
    },
    async close() {
      await Promise.all(bots.map((bot) => bot.end("SIGKILL")));
      await Promise.all([telegram.stop(), model.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
