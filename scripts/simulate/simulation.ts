import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { createSandboxTelegram, type FaultChance, type SandboxTelegram } from "../../lib/sandbox/index.ts";
import { createFakeGemini, type FakeGemini, type FakeGeminiOptions } from "../../lib/sandbox/models/index.ts";
import { type BotProcess, startBot } from "./bot-process.ts";
import { copyPlainContent } from "./plain-content.ts";

const TOKEN = "7000000002:a-token-of-the-simulation";
const GEMINI = { apiKey: "key-of-the-simulation", model: "gemini-test" };

/** A simulated Telegram and Gemini and a data folder, for bots in processes of their own. */
export interface Simulation {
  telegram: SandboxTelegram;
  gemini: FakeGemini;
  /** The address of the simulated Bot API. */
  apiRoot: string;
  dataFolder: string;
  /** The environment of a bot that uses them. */
  environment(): Record<string, string>;
  startBot(environment?: Record<string, string>): Promise<BotProcess>;
  /** The bot's texts in the private chat of a person, oldest first. */
  botTexts(userId: number): string[];
  /** Ends running bots and both simulations, and deletes the data. */
  close(): Promise<void>;
}

export interface SimulationOptions extends Pick<FakeGeminiOptions, "respond" | "latency" | "keepCalls"> {
  /** Whether the bot only answers, without guides and ratings: see `copyPlainContent`. */
  isPlain?: boolean;
  /** Whether a bot that only answers keeps the sample content's limits. */
  hasLimits?: boolean;
  /** The pages in the library of a bot that only answers, by id; all if left out. */
  pages?: readonly string[];
  /** Decides the fault of each call to Telegram or Gemini; none by default. */
  faults?: { telegram?: FaultChance; gemini?: NonNullable<FakeGeminiOptions["fault"]> };
}

export async function createSimulation(options: SimulationOptions = {}): Promise<Simulation> {
  const { faults, isPlain = false, hasLimits = false, pages, ...geminiOptions } = options;
  const telegram = createSandboxTelegram({
    token: TOKEN,
    callsKept: 1_000_000,
    ...(faults?.telegram ? { fault: faults.telegram } : {}),
    clock: systemClock,
    logger: silentLogger,
  });
  const gemini = createFakeGemini({
    ...GEMINI,
    clock: systemClock,
    ...geminiOptions,
    ...(faults?.gemini ? { fault: faults.gemini } : {}),
  });
  const [{ apiRoot }, { baseUrl }] = await Promise.all([telegram.start(), gemini.start()]);
  const folder = await mkdtemp(join(tmpdir(), "helpline-"));
  const dataFolder = join(folder, "data");
  const contentFolder = join(folder, "content");
  if (isPlain) await copyPlainContent(contentFolder, { hasLimits, ...(pages ? { pages } : {}) });
  const bots: BotProcess[] = [];
  const environment = (): Record<string, string> => ({
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: apiRoot,
    GEMINI_API_KEY: GEMINI.apiKey,
    GEMINI_MODEL: GEMINI.model,
    GEMINI_BASE_URL: baseUrl,
    DATA_DIR: dataFolder,
    HTTP_PORT: "0",
    ...(isPlain ? { CONTENT_DIR: contentFolder } : {}),
  });
  return {
    telegram,
    gemini,
    apiRoot,
    dataFolder,
    environment,
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
      await Promise.all([telegram.stop(), gemini.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
