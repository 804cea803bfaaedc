import { systemClock } from "../../lib/core/index.ts";
import type { BotProcess } from "./bot-process.ts";

export interface KeepBotOptions {
  start(): Promise<BotProcess>;
  /** Kills it so often; missing for never. */
  killEveryMs?: number;
  /** Told after each kill. */
  onKilled(): void;
}

/** The bot of a simulation, through all its runs. */
export interface KeptBot {
  /** Its process; undefined between a kill and the next start. */
  pid(): number | undefined;
  /** Aborts, with the error as its reason, when the bot ends by itself or cannot start again. */
  readonly failure: AbortSignal;
  /** Kills it no more and ends it: as an operator would stop it, or at once. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const LAST_BYTES_MS = 20;

/** Starts the bot and, where asked, kills it (SIGKILL) and starts it again and again. */
export async function keepBot({ start, killEveryMs, onKilled }: KeepBotOptions): Promise<KeptBot> {
  let bot: BotProcess | undefined = await start();
  const stopping = new AbortController();
  const failure = new AbortController();
  const fail = (error: unknown): void => failure.abort(error);
  watchEnd(bot);

  /** An end that was not asked for is a failure of the bot. */
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
      await systemClock.sleep(LAST_BYTES_MS); // what it had sent is read before its end is told
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
