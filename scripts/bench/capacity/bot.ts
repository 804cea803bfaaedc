import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BotProcess, startBot } from "../../simulate/bot/bot-process.ts";
import { copyPlainContent } from "../../simulate/plain-content.ts";
import { type ProcessState, readMetrics, readState } from "../long/metrics.ts";
import { type Addresses, MODEL, TOKEN } from "../own-time/exchange.ts";

/** More calls of the model than there are at once, since the wait for one is not the bot's own time. */
const MODEL_CALLS = 1_000;
const LOOK_MS = 5_000;

export interface BenchBot {
  process: BotProcess;
  end(): Promise<void>;
}

/** The real bot with the sample content but without its limits for one person, on an embedded database of its own. */
export async function startCapacityBot({ apiRoot, geminiUrl }: Addresses): Promise<BenchBot> {
  const folder = await mkdtemp(join(tmpdir(), "helpline-"));
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const contentFolder = join(folder, "content");
    await copyPlainContent(contentFolder);
    const bot = await startBot({
      TELEGRAM_BOT_TOKEN: TOKEN,
      TELEGRAM_API_ROOT: apiRoot,
      GEMINI_API_KEY: "a-key-of-the-bench",
      GEMINI_BASE_URL: geminiUrl,
      GEMINI_MODEL: MODEL,
      GEMINI_MAX_CONCURRENT: String(MODEL_CALLS),
      EMBEDDINGS: "off",
      DATA_DIR: join(folder, "data"),
      CONTENT_DIR: contentFolder,
      HTTP_PORT: "0",
      LOG_LEVEL: "error",
    });
    return {
      process: bot,
      async end() {
        await bot.end("SIGTERM");
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** The state of the bot's process, with the processor's time it has taken. */
export async function stateOf(bot: BotProcess): Promise<ProcessState & { cpuMs: number }> {
  const metric = await readMetrics(bot.url);
  return { ...(await readState(bot)), cpuMs: metric("process_cpu_seconds_total") * 1_000 };
}

export interface Watched {
  peakMemoryBytes: number;
  /** What `/readyz` last found wrong with a part, by the part. */
  problems: Record<string, string>;
}

/** Looks at the bot's memory and readiness now and then, while some work goes on. */
export async function watchBot<Result>(
  bot: BotProcess,
  work: Promise<Result>,
): Promise<Watched & { result: Result }> {
  const ended = new AbortController();
  const watching = watchUntil(bot, ended.signal);
  try {
    const result = await work;
    ended.abort();
    return { result, ...(await watching) };
  } finally {
    ended.abort();
  }
}

async function watchUntil(bot: BotProcess, signal: AbortSignal): Promise<Watched> {
  let peakMemoryBytes = 0;
  const problems: Record<string, string> = {};
  while (!signal.aborted) {
    try {
      peakMemoryBytes = Math.max(peakMemoryBytes, (await readState(bot)).memoryBytes);
      Object.assign(problems, await problemsOf(bot));
    } catch (error) {
      problems.pages = String(error);
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
  return { peakMemoryBytes, problems };
}

async function problemsOf({ url }: BotProcess): Promise<Record<string, string>> {
  const { checks } = (await (await fetch(`${url}/readyz`)).json()) as { checks: Record<string, string> };
  return Object.fromEntries(Object.entries(checks).filter(([, state]) => state !== "ok"));
}
