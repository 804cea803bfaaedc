import { cpus, loadavg } from "node:os";
import type { SimulateOptions } from "./options.ts";
import { planBurst, planLoad } from "./plan.ts";
import { failuresOf } from "./report/assertions.ts";
import { figuresOf } from "./report/figures.ts";
import type { Report } from "./report/report.ts";
import { type PhasePlan, runScenario, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";

const FIRST_USER = 10_000;

/** The settings of a scenario. */
interface Setting {
  name: string;
  chats: number;
  slots: number;
}

export interface SimulateDeps {
  /** The command that repeats the run. */
  command: string;
  /** Ends the run early; the report covers what has happened until then. */
  signal: AbortSignal;
  onProgress(progress: { phase: string; asked: number; answered: number; expected: number }): void;
}

/** Runs the scenarios one after the other. @throws when the bot ends by itself. */
export async function simulate(
  options: SimulateOptions,
  { command, signal, onProgress }: SimulateDeps,
): Promise<{ report: Report; results: ScenarioResult[] }> {
  const phases = planPhases(options);
  const settings = settingsOf(options);
  const expected =
    settings.length * phases.flatMap(({ people }) => people.flatMap((person) => person.questions)).length;
  const machine = describeMachine();
  const results: ScenarioResult[] = [];
  let done = 0;
  for (const setting of settings) {
    if (signal.aborted) break;
    const running = runScenario({
      ...scenarioOptions(options, setting, phases, signal),
      onProgress: ({ phase, asked, answered }) =>
        onProgress({
          phase: `${phase}, ${setting.name}`,
          asked: done + asked,
          answered: done + answered,
          expected,
        }),
    });
    const result = await running.catch((error: unknown) => {
      if (signal.aborted) return null; // interrupted while the bot was starting
      throw error;
    });
    if (!result) break;
    done += result.phases.reduce((total, phase) => total + phase.asked.length, 0);
    results.push(result);
  }
  return { report: { command, machine, ...makeReport(options, settings, results, signal) }, results };
}

/** Bursts run twice, as the published "before" and "after"; a load runs once. */
function settingsOf({ load, afterOnly, chats, slots }: SimulateOptions): Setting[] {
  if (load) return [{ name: "load", chats, slots }];
  const after = { name: "after", chats, slots };
  return afterOnly ? [after] : [{ name: "before", chats: 1, slots: 1 }, after];
}

function planPhases({ load, bursts, latency, seed }: SimulateOptions): PhasePlan[] {
  if (load) {
    const people = planLoad({ ...load, firstUserId: FIRST_USER, latency, seed });
    return [{ label: `${people.length} people`, people, closesAfterMs: load.seconds * 1_000 }];
  }
  let firstUserId = FIRST_USER;
  return bursts.map((people) => {
    const phase = { label: `${people} people`, people: planBurst({ people, firstUserId, latency, seed }) };
    firstUserId += people;
    return phase;
  });
}

function scenarioOptions(
  { model, faults, killEveryMs, mongodbUri, speed, seed }: SimulateOptions,
  setting: Setting,
  phases: readonly PhasePlan[],
  signal: AbortSignal,
): ScenarioOptions {
  return {
    ...setting,
    provider: model,
    phases,
    faults,
    speed,
    seed,
    signal,
    ...(killEveryMs === undefined ? {} : { killEveryMs }),
    ...(mongodbUri === undefined ? {} : { mongodbUri }),
  };
}

function makeReport(
  { speed, seed, assertions }: SimulateOptions,
  settings: readonly Setting[],
  results: readonly ScenarioResult[],
  signal: AbortSignal,
): Omit<Report, "command" | "machine"> {
  const scenarios = results.map((result) => ({
    name: result.name,
    chats: settings.find(({ name }) => name === result.name)?.chats ?? 0,
    slots: result.slots,
    phases: figuresOf(result, speed),
    checks: result.checks,
    kills: result.kills,
    leftOpen: result.leftOpen,
  }));
  const asserted = scenarios.filter(({ name }) => name !== "before").flatMap((scenario) => scenario.phases);
  return {
    speed,
    seed,
    scenarios,
    failures: failuresOf(assertions, asserted),
    interrupted: signal.aborted,
  };
}

/** Describes the machine; a load near the number of processors means that other programs disturbed the figures. */
function describeMachine(): string {
  const [cpu] = cpus();
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${cpus().length} × ${cpu?.model.trim() ?? "processor"}, load ${load} before, Node ${process.versions.node}`;
}
