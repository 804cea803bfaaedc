import type { BotProcess } from "../../simulate/bot/bot-process.ts";
import type { BenchProcess } from "../child.ts";
import { quantileSince } from "../long/metrics.ts";
import { busyMs } from "../measuring/machine.ts";
import type { Load, LoadResult } from "../own-time/exchange.ts";
import { stateOf, type Watched, watchBot } from "./bot.ts";
import { isTaken, LATE_SHARE, type LoadFigures, type Quantiles, readLoad, waitsOf } from "./figures.ts";

export const PEOPLE = 500;
/** Before anything is judged: V8 compiles what questions use, and the bot gets to know most people. */
const WARM_UP = { rate: 20, seconds: 60 };

/** The bot, and the servers that ask it. */
export interface Bench {
  servers: BenchProcess;
  bot: BotProcess;
  /** The p95 of the bot's own time is to be below this, in milliseconds. */
  limitMs: number;
  /** A seed for each load, so that no two have the same arrivals. */
  nextSeed(): number;
}

/** A load, with what it took of the machine. */
export interface Offered {
  figures: LoadFigures;
  /** Whether the bot takes so many questions a second. */
  isTaken: boolean;
  /** The processor's time of a question, in milliseconds. */
  botCpuMs: number;
  serversCpuMs: number;
  /** How many cores were busy with the bot, and with other programs than this bench. */
  botCores: number;
  otherCores: number;
  loopP99Ms: number;
  /** The bot's private memory. */
  memoryBytes: { before: number; after: number };
}

/** A load above what the bot takes. */
export interface Overload extends Watched, Pick<LoadResult, "peaks" | "peakInBot" | "otherMessages"> {
  figures: LoadFigures;
  seconds: number;
  /** From the last question to the last answer. */
  drainMs: number;
  /** The waits of people who asked one question each, for the first time, during the overload. */
  bystanders: Quantiles;
}

export async function warmUp({ servers, nextSeed }: Bench): Promise<LoadFigures> {
  const load = { ...WARM_UP, seed: nextSeed(), people: PEOPLE, asksIdleOnly: true, bystanders: 0 };
  return readLoad(WARM_UP.rate, await servers.ask<LoadResult>("offer", load satisfies Load));
}

/** Offers questions at a rate until its time is over, or it is sure that the bot does not take that many. */
export async function offer(
  { servers, bot, limitMs, nextSeed }: Bench,
  rate: number,
  seconds: number,
): Promise<Offered> {
  const limit = { ownMs: limitMs, lateShare: LATE_SHARE };
  const load = { rate, seconds, seed: nextSeed(), people: PEOPLE, asksIdleOnly: true, bystanders: 0, limit };
  const before = { ...(await stateOf(bot)), busyMs: busyMs(), atMs: performance.now() };
  const result = await servers.ask<LoadResult>("offer", load satisfies Load);
  const after = { ...(await stateOf(bot)), busyMs: busyMs(), atMs: performance.now() };
  const tookMs = after.atMs - before.atMs;
  const cpuMs = after.cpuMs - before.cpuMs;
  const otherMs = after.busyMs - before.busyMs - cpuMs - result.serversCpuMs;
  const figures = readLoad(rate, result);
  return {
    figures,
    isTaken: isTaken(figures, limitMs),
    botCpuMs: cpuMs / figures.questions,
    serversCpuMs: result.serversCpuMs / figures.questions,
    botCores: cpuMs / tookMs,
    otherCores: Math.max(0, otherMs / tookMs),
    loopP99Ms: quantileSince(before.loop, after.loop, 0.99),
    memoryBytes: { before: before.memoryBytes, after: after.memoryBytes },
  };
}

/** Offers more than the bot can take, from anybody, and one person more each second who asks for the first time. */
export async function overload(bench: Bench, rate: number, seconds: number): Promise<Overload> {
  const bystanders = Math.ceil(seconds);
  const load = { rate, seconds, seed: bench.nextSeed(), people: PEOPLE, asksIdleOnly: false, bystanders };
  const offered = bench.servers.ask<LoadResult>("offer", load satisfies Load);
  const { result, ...watched } = await watchBot(bench.bot, offered);
  const { peaks, peakInBot, otherMessages, drainMs, journeys } = result;
  return {
    figures: readLoad(rate, result),
    seconds,
    peaks,
    peakInBot,
    otherMessages,
    drainMs,
    bystanders: waitsOf(journeys.filter(({ userId }) => userId > PEOPLE)),
    ...watched,
  };
}
