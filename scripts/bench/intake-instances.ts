import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { InvalidArgumentError } from "commander";
import { Redis } from "ioredis";
import { type RedisServer, startRedisServer } from "../instances/redis-server.ts";
import { type BotProcess, startBot } from "../simulate/bot/bot-process.ts";
import { copyPlainContent } from "../simulate/plain-content.ts";
import { wholeNumber } from "../terminal/numbers.ts";
import { type BenchProcess, startProcess } from "./child.ts";
import { type Load, type Outcome, TOKEN } from "./intake/load.ts";
import { readMetrics } from "./long/metrics.ts";
import { describeMachine, type Machine, machineLine } from "./measuring/machine.ts";
import { median } from "./measuring/median.ts";

/** Several instances of the real bot, without a model, work through a backlog of questions. */

/** The page that answers it has no pictures, so there is one reply to each. */
const QUESTION = "What does consent mean?";
const LOAD: Load = { updates: 3_000, chats: 300, handlerMs: 0, text: QUESTION };
/** Before it, each instance handles about so many, so that its code is compiled. */
const WARM_UP = 400;
/** A backlog that takes longer ends the bench. */
const PATIENCE_MS = 120_000;
/** 0: one without Redis, as most bots run. */
const ALONE = 0;
const MAX_INSTANCES = 16;

/** The processes whose CPU time is read. */
const PARTS = ["instances", "mongodb", "redis", "telegram"] as const;
type Part = (typeof PARTS)[number];
type Cpu = Record<Part, number>;

/** What one backlog took. */
interface Round {
  updatesPerSecond: number;
  /** How many cores were busy with each part, on average. */
  cores: Cpu;
  /** CPU time of each part for an update, in milliseconds. */
  cpuMs: Cpu;
  /** Replies to messages that had one. */
  duplicates: number;
}

interface Result {
  /** 0: one, without Redis. */
  instances: number;
  rounds: Round[];
}

export interface IntakeInstancesOptions {
  instances: readonly number[];
  rounds: number;
  json?: string;
}

/** Parses a comma-separated list of numbers of instances. @throws InvalidArgumentError for anything else */
export function readCounts(text: string): number[] {
  const counts = text.split(",").map(wholeNumber);
  if (Math.max(...counts) > MAX_INSTANCES) throw new InvalidArgumentError(`At most ${MAX_INSTANCES}.`);
  return counts;
}

/** Prints how fast numbers of instances work through a backlog, beside the CPU of all parts. @throws OperatorError without Redis */
export async function benchIntakeOfInstances(options: IntakeInstancesOptions): Promise<void> {
  const { instances, rounds, json } = options;
  await (await startRedisServer()).close(); // says at once that it is missing
  const machine = describeMachine();
  console.log(`${machineLine(machine)}; medians of ${rounds} interleaved rounds.`);
  const results = [ALONE, ...instances].map((count): Result => ({ instances: count, rounds: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const result of results) result.rounds.push(await runRound(result.instances));
  }
  console.log(render(results, machine));
  if (json !== undefined)
    await writeFile(json, `${JSON.stringify({ machine, load: LOAD, results }, null, 2)}\n`);
}

/** What a round has started. */
interface Setting {
  telegram: BenchProcess;
  database: BenchProcess;
  redis: RedisServer | undefined;
  /** To the Redis of the round, for its CPU time. */
  connection: Redis | undefined;
  bots: BotProcess[];
}

async function runRound(instances: number): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), "helpline-bench-"));
  const redis = instances === ALONE ? undefined : await startRedisServer();
  const setting: Setting = {
    telegram: startProcess("intake/fake-api", import.meta.url),
    database: startProcess("intake/database", import.meta.url),
    redis,
    connection: redis && new Redis(redis.url),
    bots: [],
  };
  try {
    const count = Math.max(1, instances);
    await startBots(setting, count, folder);
    await handle(setting, { ...LOAD, updates: WARM_UP * count });
    const before = await readCpu(setting);
    const { wallMs, duplicates } = await handle(setting, LOAD);
    const after = await readCpu(setting);
    const each = (of: (part: Part) => number): Cpu =>
      Object.fromEntries(PARTS.map((part) => [part, of(part)])) as Cpu;
    const used = each((part) => after[part] - before[part]);
    return {
      updatesPerSecond: (LOAD.updates / wallMs) * 1000,
      cores: each((part) => used[part] / wallMs),
      cpuMs: each((part) => used[part] / LOAD.updates),
      duplicates,
    };
  } finally {
    await close(setting);
    await rm(folder, { recursive: true, force: true });
  }
}

async function startBots(
  { telegram, database, redis, bots }: Setting,
  count: number,
  folder: string,
): Promise<void> {
  const contentFolder = join(folder, "content");
  await copyPlainContent(contentFolder, { pages: ["consent"] });
  const environment = {
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: await telegram.ask<string>("start"),
    MONGODB_URI: await database.ask<string>("start"),
    MONGODB_DB: "bench",
    CONTENT_DIR: contentFolder,
    HTTP_PORT: "0",
    LOG_LEVEL: "error",
    ...(redis ? { REDIS_URL: redis.url } : {}),
  };
  while (bots.length < count) {
    bots.push(await startBot({ ...environment, DATA_DIR: join(folder, String(bots.length)) }));
  }
}

/** Has the bot handle a backlog. @throws when that takes too long */
async function handle({ telegram }: Setting, load: Load): Promise<Outcome> {
  await telegram.ask("load", load);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Not through in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([telegram.ask<Outcome>("outcome"), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The CPU time of each part so far, in milliseconds. */
async function readCpu({ telegram, database, connection, bots }: Setting): Promise<Cpu> {
  const ofBots = bots.map(async ({ url }) => (await readMetrics(url))("process_cpu_seconds_total") * 1000);
  return {
    instances: (await Promise.all(ofBots)).reduce((sum, ms) => sum + ms, 0),
    mongodb: await usedBy(database),
    redis: connection ? cpuOfRedis(await connection.info("cpu")) : 0,
    telegram: await usedBy(telegram),
  };
}

async function usedBy(process: BenchProcess): Promise<number> {
  const { user, system } = await process.ask<NodeJS.CpuUsage>("usage");
  return (user + system) / 1000;
}

/** In milliseconds, by `INFO cpu`. */
function cpuOfRedis(info: string): number {
  const seconds = (name: string): number => Number(new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1] ?? 0);
  return (seconds("used_cpu_sys") + seconds("used_cpu_user")) * 1000;
}

async function close({ telegram, database, redis, connection, bots }: Setting): Promise<void> {
  await Promise.all(bots.map((bot) => bot.end("SIGKILL")));
  connection?.disconnect();
  await redis?.close();
  await Promise.all([telegram.end(), database.end()]);
}

function render(results: readonly Result[], { cores }: Machine): string {
  const table = new Table({
    head: ["instances", "updates/s", "the instances", "MongoDB", "Redis", "the bench", `all, of ${cores}`],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
  });
  for (const { instances, rounds } of results) {
    const cell = (of: (cpu: Cpu) => number): string => {
      const busy = median(rounds.map((round) => of(round.cores)));
      const perUpdate = median(rounds.map((round) => of(round.cpuMs)));
      return `${busy.toFixed(2)} cores, ${perUpdate.toFixed(2)} ms`;
    };
    const rate = Math.round(median(rounds.map(({ updatesPerSecond }) => updatesPerSecond)));
    const twice = Math.max(...rounds.map(({ duplicates }) => duplicates));
    table.push([
      instances === ALONE ? "1, without Redis" : String(instances),
      `${rate.toLocaleString("en-US")}${twice === 0 ? "" : `, ${twice} twice`}`,
      ...PARTS.map((part) => cell((cpu) => cpu[part])),
      cell((cpu) => PARTS.reduce((sum, part) => sum + cpu[part], 0)),
    ]);
  }
  return [
    `A backlog of ${LOAD.updates} questions of ${LOAD.chats} chats, polled by one instance, handled by all, answered from the`,
    "library: cores busy on average, and CPU time for an update. MongoDB is the embedded one, in a process of its own.",
    table.toString(),
  ].join("\n");
}
