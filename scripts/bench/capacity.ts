import { writeFile } from "node:fs/promises";
import { OperatorError } from "../../lib/core/index.ts";
import { startCapacityBot } from "./capacity/bot.ts";
import { findWrong, type LoadFigures } from "./capacity/figures.ts";
import { type Bench, type Offered, offer, overload, PEOPLE, warmUp } from "./capacity/loads.ts";
import { describeHeld, describeOverload, describeStep } from "./capacity/report.ts";
import { findRate, holdRate } from "./capacity/search.ts";
import { startProcess } from "./child.ts";
import { describeMachine, machineLine } from "./measuring/machine.ts";
import type { Addresses } from "./own-time/exchange.ts";

/** The largest load that the real bot takes for long, and what gives way beyond it. */

const SEARCH = { startRate: 10, maxRatio: 1.05, minRate: 1, maxSteps: 12 };
const HOLD = { lowerBy: 0.1, maxTries: 5 };

export interface CapacityOptions {
  minutes: number;
  /** The length of a step of the search, in seconds. */
  step: number;
  /** The limit for the p95 of the bot's own time, in milliseconds. */
  limit: number;
  /** The overload, as a multiple of the rate that was held. */
  times: number;
  /** The length of the overload, in seconds. */
  overload: number;
  seed: number;
  json?: string;
}

/** Finds the rate that the bot takes, then overloads it; exits with code 1 when a question is lost or out of order. */
export async function benchCapacity(options: CapacityOptions): Promise<void> {
  const machine = describeMachine();
  console.log(machineLine(machine));
  const servers = startProcess("own-time/fake-servers", import.meta.url);
  try {
    const bot = await startCapacityBot(await servers.ask<Addresses>("start"));
    let { seed } = options;
    const nextSeed = (): number => {
      seed += 1;
      return seed;
    };
    try {
      const measured = await measure(
        { servers, bot: bot.process, limitMs: options.limit, nextSeed },
        options,
      );
      if (options.json !== undefined) {
        await writeFile(options.json, `${JSON.stringify({ machine, options, ...measured }, null, 2)}\n`);
      }
      stopIfWrong(measured.beyond.figures);
    } finally {
      await bot.end();
    }
  } finally {
    await servers.end();
  }
}

async function measure(bench: Bench, options: CapacityOptions) {
  stopIfWrong(await warmUp(bench));
  const loads: Offered[] = [];
  /** The load, if the bot takes it. */
  const take = async (rate: number, seconds: number): Promise<Offered | undefined> => {
    const offered = await offer(bench, rate, seconds);
    loads.push(offered);
    console.log(describeStep(offered));
    stopIfWrong(offered.figures);
    return offered.isTaken ? offered : undefined;
  };
  console.log(
    `Own time, all but the model's, of questions of ${PEOPLE} people; limit p95 ${options.limit} ms:`,
  );
  // Twice, since another program may disturb so short a step.
  const found = await findRate(
    async (rate) => Boolean((await take(rate, options.step)) ?? (await take(rate, options.step))),
    SEARCH,
  );
  if (found === 0) throw noCapacity("It took none of these rates within the limit.");
  console.log(`For ${options.minutes} minutes:`);
  const held = await holdRate((rate) => take(rate, options.minutes * 60), { rate: found, ...HOLD });
  if (!held) throw noCapacity("It held none of these rates.");
  console.log(describeHeld(held));

  const beyond = await overload(bench, held.figures.rate * options.times, options.overload);
  console.log(describeOverload(beyond, held.figures));
  return { loads, held, beyond };
}

function noCapacity(message: string): OperatorError {
  return new OperatorError(message, { code: "NO_CAPACITY" });
}

function stopIfWrong(figures: LoadFigures): void {
  const wrong = findWrong(figures);
  if (wrong.length > 0) throw new OperatorError(`FAILED: ${wrong.join("; ")}`, { code: "NOT_ANSWERED" });
}
