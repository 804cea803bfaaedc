import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BotProcess, startBot } from "../simulate/bot/bot-process.ts";
import { describeMachine, machineLine } from "./measuring/machine.ts";
import { median } from "./measuring/median.ts";

/** How long the real bot takes to start and stop, on the embedded database. */

interface Round {
  /** From the start of the process to its first poll, in milliseconds. */
  startMs: number;
  /** From the signal to the end of the idle process, in milliseconds. */
  stopMs: number;
}

const BOT = { id: 7_000_000_004, is_bot: true, first_name: "Bench", username: "bench_bot" };

/** A Bot API without updates that reports the first poll. */
async function startQuietApi() {
  const polls = new EventEmitter();
  const firstPoll = once(polls, "poll").then(() => performance.now());
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith("/getUpdates")) {
      polls.emit("poll"); // a long poll without updates stays open
      return;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ok: true, result: request.url?.endsWith("/getMe") ? BOT : true }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    apiRoot: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    firstPoll,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function startOnce(dataFolder: string): Promise<Round> {
  const api = await startQuietApi();
  let bot: BotProcess | undefined;
  try {
    const startedAt = performance.now();
    bot = await startBot({
      TELEGRAM_BOT_TOKEN: `${BOT.id}:a-token-of-the-bench`,
      TELEGRAM_API_ROOT: api.apiRoot,
      DATA_DIR: dataFolder,
      HTTP_PORT: "0",
      LOG_LEVEL: "error",
    });
    const startMs = (await api.firstPoll) - startedAt;
    const stoppedAt = performance.now();
    await bot.end("SIGTERM");
    return { startMs, stopMs: performance.now() - stoppedAt };
  } finally {
    await bot?.end("SIGKILL");
    api.close();
  }
}

/** Starts on a new data folder, then again on the same one, alternately. */
export async function benchStart({ rounds }: { rounds: number }): Promise<void> {
  console.log(`${machineLine(describeMachine())}; ${rounds} rounds.`);
  const [fresh, again]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const folder = await mkdtemp(join(tmpdir(), "helpline-"));
    try {
      fresh.push(await startOnce(folder));
      again.push(await startOnce(folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  for (const [title, all] of [["on a fresh database", fresh] as const, ["again", again] as const]) {
    const starts = all.map(({ startMs }) => startMs);
    const [least, middle, most] = [Math.min(...starts), median(starts), Math.max(...starts)].map(Math.round);
    const stop = Math.round(median(all.map(({ stopMs }) => stopMs)));
    console.log(
      `${title.padEnd(19)} first poll after ${middle} ms (${least} to ${most}), idle stop ${stop} ms`,
    );
  }
}
