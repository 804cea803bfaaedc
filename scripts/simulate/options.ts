import { Command, InvalidArgumentError, Option } from "commander";
import { positiveNumber, wholeNumber } from "../terminal/numbers.ts";
import { FAULT_NAMES, type FaultName, type FaultShares } from "./faults.ts";
import type { LatencyDistribution } from "./latency.ts";
import { type Assertion, parseAssertion } from "./report/assertions.ts";
import { SIMULATED_PROVIDERS, type SimulatedProvider } from "./simulation.ts";

/** The options of `npm run simulate`. Times are at true speed. */
export interface SimulateOptions {
  /** The sizes of the crowds that ask at the same time; used when there is no load. */
  bursts: number[];
  /** Skips the run with one chat and one call at a time. */
  afterOnly: boolean;
  /** People who arrive at random, instead of bursts. */
  load: { users: number; seconds: number; rate: number } | null;
  model: SimulatedProvider;
  /** The calls in flight that the bot allows its model, and MAX_CONCURRENT_CHATS. */
  slots: number;
  chats: number;
  latency: LatencyDistribution;
  faults: FaultShares;
  killEveryMs?: number;
  mongodbUri?: string;
  speed: number;
  seed: number;
  json: boolean;
  html?: string;
  assertions: Assertion[];
}

interface RawOptions {
  bursts: number[];
  afterOnly?: true;
  users?: number;
  seconds: number;
  rate: number;
  model: SimulatedProvider;
  slots: number;
  chats: number;
  latency: LatencyDistribution;
  faults: FaultShares;
  kill?: number;
  mongodbUri?: string;
  speed: number;
  seed: number;
  json?: true;
  html?: string;
  assert: Assertion[];
}

/** Parses the command line. @throws CommanderError after printing what is wrong, or the help. */
export function parseOptions(args: readonly string[]): SimulateOptions {
  const command = createCommand();
  const raw = command.parse(args, { from: "user" }).opts<RawOptions>();
  const { users, seconds, rate, kill, mongodbUri, html, afterOnly, json, assert, ...rest } = raw;
  return {
    ...rest,
    afterOnly: afterOnly ?? false,
    json: json ?? false,
    assertions: assert,
    load: users === undefined ? null : { users, seconds, rate },
    ...(kill === undefined ? {} : { killEveryMs: kill }),
    ...(mongodbUri === undefined ? {} : { mongodbUri }),
    ...(html === undefined ? {} : { html }),
  };
}

function createCommand(): Command {
  return new Command("npm run simulate --")
    .description(
      "Plays people against the real bot, over a simulated Telegram and model, and checks every question.\n" +
        "By default: bursts of people, first with one call at a time, then with 8; about four minutes.",
    )
    .option(
      "--bursts <list>",
      "sizes of crowds whose people ask one question each at the same time",
      parseList,
      [5, 10, 20, 50],
    )
    .option("--after-only", "skip the run with one call at a time")
    .option("--users <number>", "instead of bursts: people who arrive at random and converse", wholeNumber)
    .option("--seconds <number>", "length of the run with --users", wholeNumber, 120)
    .option("--rate <number>", "people who arrive per second, on average", positiveNumber, 30)
    .addOption(
      new Option("--model <provider>", "whose model is simulated")
        .choices(SIMULATED_PROVIDERS)
        .default("gemini"),
    )
    .option("--slots <number>", "concurrent calls to the model", wholeNumber, 8)
    .option("--chats <number>", "chats handled concurrently", wholeNumber, 50)
    .option("--latency <list>", "latency of a call: mean=2.1s,cv=0.3", parseLatency, DEFAULT_LATENCY)
    .option(
      "--faults <list>",
      `share of calls that fail, such as 429=2%,reset=1%; of ${FAULT_NAMES.join(", ")}`,
      parseFaults,
      {},
    )
    .option("--kill <every>", "SIGKILL and restart the bot: every=10s", parseKill)
    .option("--mongodb-uri <address>", "a MongoDB instead of the embedded database")
    .option("--speed <number>", "divides every latency, pause and the time between kills", positiveNumber, 1)
    .option("--seed <number>", "repeats the random values of an earlier run", wholeNumber, 1)
    .option("--json", "print the figures as JSON")
    .option("--html <file>", "write a page with latency curves and the slots over time")
    .option(
      "--assert <condition>",
      "fail unless the condition holds, such as p95<15s; repeatable",
      collectAssertion,
      [],
    )
    .exitOverride();
}

const DEFAULT_LATENCY: LatencyDistribution = { meanMs: 2_100, cv: 0.3 };

function parseList(text: string): number[] {
  return text.split(",").map(wholeNumber);
}

function parseFaults(text: string): FaultShares {
  const shares: FaultShares = {};
  for (const part of text.split(",")) {
    const [, name, percent] = /^(\w+)=(\d+(?:\.\d+)?)%$/.exec(part.trim()) ?? [];
    if (!isFaultName(name) || Number(percent) > 100) {
      throw new InvalidArgumentError(
        `Write shares such as 429=2%,reset=1%. There are ${FAULT_NAMES.join(", ")}.`,
      );
    }
    shares[name] = Number(percent) / 100;
  }
  return shares;
}

function isFaultName(name: string | undefined): name is FaultName {
  return FAULT_NAMES.some((known) => known === name);
}

function parseKill(text: string): number {
  const [, amount, unit] = /^every=(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  if (!(Number(amount) > 0)) throw new InvalidArgumentError("Write it as every=10s.");
  return Number(amount) * (unit === "s" ? 1_000 : 1);
}

function parseLatency(text: string): LatencyDistribution {
  const latency = { ...DEFAULT_LATENCY };
  for (const part of text.split(",")) {
    const [, mean, unit] = /^mean=(\d+(?:\.\d+)?)(ms|s)$/.exec(part) ?? [];
    const [, cv] = /^cv=(\d+(?:\.\d+)?)$/.exec(part) ?? [];
    if (mean !== undefined) latency.meanMs = Number(mean) * (unit === "s" ? 1_000 : 1);
    else if (cv !== undefined) latency.cv = Number(cv);
    else throw new InvalidArgumentError("Write it as mean=2.1s,cv=0.3.");
  }
  return latency;
}

function collectAssertion(text: string, before: Assertion[]): Assertion[] {
  const assertion = parseAssertion(text);
  if (!assertion)
    throw new InvalidArgumentError("Write it as p95<15s, mean<=8s, firstword<2s or ratio<1.05.");
  return [...before, assertion];
}
