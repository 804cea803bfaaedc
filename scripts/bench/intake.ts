import { writeFile } from "node:fs/promises";
import Table from "cli-table3";
import { InvalidArgumentError } from "commander";
import { type BenchProcess, startProcess } from "./child.ts";
import { TITLES } from "./intake/contenders.ts";
import { isRedisInstalled } from "./intake/durable.ts";
import type { ContenderSettings, Load, Outcome, Usage } from "./intake/load.ts";
import { describeMachine, type Machine, machineLine } from "./measuring/machine.ts";
import { median, medianRatio } from "./measuring/median.ts";

const CHATS = 500;
const LOADS: readonly Load[] = [
  { updates: 5_000, chats: CHATS, handlerMs: 50 },
  { updates: 20_000, chats: CHATS, handlerMs: 0 },
];
/** A contender that takes longer is left out. */
const PATIENCE_MS = 120_000;

/** One contender's result with one backlog. */
export interface Round extends Outcome, Usage {}

interface Result {
  load: Load;
  /** The rounds of each contender; `null` where it timed out. */
  rounds: Record<string, (Round | null)[]>;
}

export interface IntakeOptions {
  rounds: number;
  only?: string[];
  json?: string;
}

/** Parses a comma-separated list of contenders. @throws InvalidArgumentError for an unknown name. */
export function readContenders(text: string): string[] {
  const names = text.split(",");
  const known = Object.keys(TITLES).filter((name) => name !== "floor");
  if (names.every((name) => known.includes(name))) return names;
  throw new InvalidArgumentError(`There are ${known.join(", ")}.`);
}

/** Prints how fast, and at what cost, Helpline and other bots work through a backlog. */
export async function benchIntake(options: IntakeOptions): Promise<void> {
  const asked = options.only === undefined ? Object.keys(TITLES) : ["floor", ...options.only];
  const names = asked.filter((name) => name !== "durable" || isRedisInstalled());
  if (names.length < asked.length) console.log(`Left out, because Redis is not installed: ${TITLES.durable}`);
  const machine = describeMachine();
  console.log(`${machineLine(machine)}; medians of ${options.rounds} interleaved rounds.`);
  const results: Result[] = [];
  for (const load of LOADS) {
    const result: Result = { load, rounds: Object.fromEntries(names.map((name) => [name, []])) };
    for (let round = 0; round < options.rounds; round += 1) {
      for (const name of names) result.rounds[name]?.push(await runRound(name, load));
    }
    console.log(render(result));
    results.push(result);
  }
  if (options.json !== undefined) await save(options.json, machine, results);
}

/** Runs one contender on a backlog, with the Bot API and the contender in new processes; `null` when it timed out. */
export async function runRound(name: string, load: Load): Promise<Round | null> {
  const api = startProcess("intake/fake-api", import.meta.url);
  const contender = startProcess("intake/contender", import.meta.url, [name]);
  try {
    const apiRoot = await api.ask<string>("start");
    await api.ask("load", load);
    const settings: ContenderSettings = { ...load, apiRoot };
    await contender.ask("prepare", settings);
    await contender.ask("begin");
    const outcome = await inTime(api.ask<Outcome>("outcome"));
    return outcome && { ...outcome, ...(await contender.ask<Usage>("usage")) };
  } finally {
    await endAll([contender, api]);
  }
}

async function inTime<T>(work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function endAll(processes: readonly BenchProcess[]): Promise<void> {
  for (const one of processes) await one.end();
}

function render({ load, rounds }: Result): string {
  const { updates, chats, handlerMs } = load;
  const table = new Table({
    head: [
      "",
      "updates/s",
      "wall",
      "p50",
      "p95",
      "p99",
      "× floor",
      "CPU/update",
      "× floor",
      "memory",
      "order",
    ],
    style: { head: [], border: [], compact: true },
    colAligns: [
      "left",
      "right",
      "right",
      "right",
      "right",
      "right",
      "right",
      "right",
      "right",
      "right",
      "left",
    ],
  });
  for (const [name, all] of Object.entries(rounds)) table.push(row(name, all, rounds.floor ?? [], load));
  const work = handlerMs === 0 ? "no wait" : `${handlerMs * 1.5} ms or ${handlerMs * 0.5} ms each, in turns`;
  return `\nA backlog of ${updates} updates of ${chats} chats, ${work}:\n${table.toString()}`;
}

function row(
  name: string,
  all: readonly (Round | null)[],
  floor: readonly (Round | null)[],
  load: Load,
): string[] {
  const title = TITLES[name] ?? name;
  const ended = all.filter((round) => round !== null);
  if (ended.length < all.length) return [title, `not through in ${PATIENCE_MS / 1000} s`];
  const of = (figure: keyof Round): number[] => ended.map((round) => round[figure]);
  const base = (figure: keyof Round): number[] => floor.map((round) => round?.[figure] ?? Number.NaN);
  const ratio = (figure: keyof Round): string => medianRatio(of(figure), base(figure)).toFixed(2);
  const ms = (figure: keyof Round): string => `${Math.round(median(of(figure)))} ms`;
  const outOfOrder = Math.max(...of("outOfOrder"));
  const duplicates = Math.max(...of("duplicates"));
  return [
    title,
    Math.round((load.updates / median(of("wallMs"))) * 1000).toLocaleString("en-US"),
    `${ratio("wallMs")} ×`,
    ms("p50Ms"),
    ms("p95Ms"),
    ms("p99Ms"),
    `${ratio("p99Ms")} ×`,
    `${Math.round((median(of("cpuMs")) / load.updates) * 1000)} µs`,
    `${ratio("cpuMs")} ×`,
    `${Math.round(median(of("peakRssBytes")) / 1e6)} MB`,
    [
      outOfOrder === 0 ? "kept" : `broken ${outOfOrder.toLocaleString("en-US")} times`,
      ...(duplicates === 0 ? [] : [`${duplicates} twice`]),
    ].join(", "),
  ];
}

async function save(file: string, machine: Machine, results: readonly Result[]): Promise<void> {
  await writeFile(file, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  console.log(`\nWritten: ${file}`);
}
