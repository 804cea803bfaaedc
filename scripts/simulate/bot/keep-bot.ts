import { systemClock } from "../../../lib/core/index.ts";
import type { BotProcess } from "./bot-process.ts";

export interface KeepBotOptions {
  start(): Promise<BotProcess>;
  /** The time between kills; never if missing. */
  killEveryMs?: number;
  /** Called after each kill. */
  onKilled(): void;
}

/** The bot of a simulation, over all its runs. */
export interface KeptBot {
  /** Its process; undefined between a kill and the next start. */
  pid(): number | undefined;
  /** Aborts, with an error as its reason, when the bot ends by itself or cannot start again. */
  readonly failure: AbortSignal;
  /** Stops killing the bot, and ends it gracefully or at once. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const LAST_BYTES_MS = 20;

/** Starts the bot and, if wanted, kills it (SIGKILL) and starts it again periodically. */
export async function keepBot({ start, killEveryMs, onKilled }: KeepBotOptions): Promise<KeptBot> {
  let bot: BotProcess | undefined = await start();
  const stopping = new AbortController();
  const failure = new AbortController();
  const fail = (error: unknown): void => failure.abort(error);
  watchEnd(bot);

  /** An unexpected end is a failure of the bot. */
  function watchEnd(watched: BotProcess): void {
    const ended = (code: number | null): void => {
      if (bot !== watched || stopping.signal.aborted) return;
      fail(new Error(`The bot ended by itself (${code}):\n${watched.output().slice(-2_000)}`));
    };
    watched.exited.then(ended, fail);
  }

  async function killAgainAndAgain(everyMs: number): Promise<void> {
    while (!stopping.signal.aborted) {
      await systemClock.sleep(everyMs, stopping.signal).catch(() => {});
      const victim = bot;
      if (stopping.signal.aborted || !victim) return;
      bot = undefined;
      await victim.end("SIGKILL");
      await systemClock.sleep(LAST_BYTES_MS); // so that what it had sent is read before the kill is reported
      onKilled();
      bot = await start();
      watchEnd(bot);
    }
  }

  const killing = killEveryMs === undefined ? Promise.resolve() : killAgainAndAgain(killEveryMs);
  killing.catch(fail);
  return {
    pid: () => bot?.pid,
    failure: failure.signal,
    async stop(signal) {
      stopping.abort();
      await killing.catch(() => {});
      await bot?.end(signal);
    },
  };
}
