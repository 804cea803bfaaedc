import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import { startBot } from "../simulate/bot/bot-process.ts";
import { atRank } from "../simulate/report/statistics.ts";
import { type BenchProcess, startProcess } from "./child.ts";
import { describeMachine, machineLine } from "./measuring/machine.ts";
import { type Addresses, MODEL, type OwnTime, TOKEN } from "./own-time/exchange.ts";

/** How much of a question's response time is the bot's own, beside a loop that does nothing but pass it on. */

/** One way of asking: how many ask at once, and how often. */
interface Scenario {
  title: string;
  people: number;
  times: number;
  /** Whether they are the first questions after a start; each time is then a start of its own. */
  isCold: boolean;
}

type Contender = (addresses: Addresses) => Promise<{ end(): Promise<unknown> }>;

export interface OwnTimeOptions {
  rounds: number;
  json?: string;
  /** A folder for the bot's CPU profiles, one of each start. */
  cpuProf?: string;
}

/** As many as there may be at once, each of whom has asked before where the bot is warm. */
const PEOPLE = 50;
/** Rounds of all people before the warm figures, so that V8 has compiled what they use. */
const WARM_UP_ROUNDS = 5;
/** Between rounds, so that what the bot does after an answer does not count as the next question's. */
const PAUSE_MS = 100;

/** Prints the own time of the bot and of a bare loop. */
export async function benchOwnTime({ rounds, json, cpuProf }: OwnTimeOptions): Promise<void> {
  const scenarios: Scenario[] = [
    { title: "first after a start", people: 1, times: rounds, isCold: true },
    { title: "first five after a start", people: 5, times: rounds, isCold: true },
    { title: "one, warm", people: 1, times: rounds * 8, isCold: false },
    { title: "five at once, warm", people: 5, times: rounds * 4, isCold: false },
    { title: "fifty at once, warm", people: PEOPLE, times: rounds, isCold: false },
  ];
  const machine = describeMachine();
  console.log(`${machineLine(machine)}; ${rounds} rounds. Own time in milliseconds: p50 / p95.`);
  const profileArguments = cpuProf === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${cpuProf}`];
  const contenders: Record<string, Contender> = {
    Helpline: (addresses) => startHelpline(addresses, profileArguments),
    "bare loop": startBareLoop,
  };
  const figures = [];
  for (const [name, start] of Object.entries(contenders)) {
    const cold = scenarios.filter(({ isCold }) => isCold);
    for (const scenario of cold) figures.push({ name, scenario, times: await askCold(start, scenario) });
    const warm = scenarios.filter(({ isCold }) => !isCold);
    figures.push(...(await askWarm(start, warm)).map((one) => ({ name, ...one })));
  }
  const table = new Table({
    head: ["", "", "until the model is called", "from its last word to the send", "together"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "left", "right", "right", "right"],
  });
  for (const { name, scenario, times } of figures) {
    const columns = [
      times.map(({ beforeMs }) => beforeMs),
      times.map(({ afterMs }) => afterMs),
      times.map(({ beforeMs, afterMs }) => beforeMs + afterMs),
    ];
    table.push([scenario.title, name, ...columns.map(quantiles)]);
  }
  console.log(table.toString());
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ machine, figures }, null, 2)}\n`);
}

function quantiles(valuesMs: readonly number[]): string {
  const sorted = valuesMs.toSorted((a, b) => a - b);
  return [0.5, 0.95].map((rank) => atRank(sorted, rank).toFixed(1)).join(" / ");
}

/** The real bot with the sample content, on an embedded database of its own. */
async function startHelpline(
  { apiRoot, geminiUrl }: Addresses,
  profileArguments: readonly string[],
): Promise<{ end(): Promise<unknown> }> {
  const folder = await mkdtemp(join(tmpdir(), "helpline-"));
  const environment = {
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: apiRoot,
    GEMINI_API_KEY: "a-key-of-the-bench",
    GEMINI_BASE_URL: geminiUrl,
    EMBEDDINGS: "off",
    GEMINI_MODEL: MODEL,
    GEMINI_MAX_CONCURRENT: String(PEOPLE), // the wait for a slot is not the bot's own time
    DATA_DIR: folder,
    HTTP_PORT: "0",
    LOG_LEVEL: "error",
  };
  const bot = await startBot(environment, profileArguments);
  return {
    async end() {
      await bot.end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startBareLoop(addresses: Addresses): Promise<BenchProcess> {
  const loop = startProcess("own-time/bare-loop", import.meta.url);
  await loop.ask("begin", addresses);
  return loop;
}

async function askCold(start: Contender, { people, times }: Scenario): Promise<OwnTime[]> {
  const all: OwnTime[] = [];
  for (let time = 0; time < times; time += 1) {
    const round = await withContender(start, (ask) => ask(people));
    all.push(...round);
  }
  return all;
}

function askWarm(
  start: Contender,
  scenarios: readonly Scenario[],
): Promise<{ scenario: Scenario; times: OwnTime[] }[]> {
  return withContender(start, async (ask) => {
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await ask(PEOPLE);
    const all = [];
    for (const scenario of scenarios) {
      const times: OwnTime[] = [];
      for (let time = 0; time < scenario.times; time += 1) {
        await sleep(PAUSE_MS);
        times.push(...(await ask(scenario.people)));
      }
      all.push({ scenario, times });
    }
    return all;
  });
}

/** Starts servers and a contender, which `work` can ask questions of `count` people at once; ends both after it. */
async function withContender<Result>(
  start: Contender,
  work: (ask: (count: number) => Promise<OwnTime[]>) => Promise<Result>,
): Promise<Result> {
  const servers = startProcess("own-time/fake-servers", import.meta.url);
  try {
    const contender = await start(await servers.ask<Addresses>("start"));
    let asked = 0;
    const next = (): number => {
      asked += 1;
      return 1 + (asked % PEOPLE);
    };
    try {
      return await work((count) => servers.ask<OwnTime[]>("ask", Array.from({ length: count }, next)));
    } finally {
      await contender.end();
    }
  } finally {
    await servers.end();
  }
}
