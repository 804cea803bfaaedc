import Table from "cli-table3";
import { areRight, type Checks } from "../checks.ts";
import type { PhaseFigures } from "./figures.ts";
import { PUBLISHED, PUBLISHED_MEMORY } from "./published.ts";

/** The report on a simulation. */
export interface Report {
  /** The command that repeats it. */
  command: string;
  /** The machine it ran on. */
  machine: string;
  speed: number;
  seed: number;
  scenarios: readonly ScenarioReport[];
  /** Descriptions of the conditions that do not hold. */
  failures: readonly string[];
  interrupted: boolean;
}

export interface ScenarioReport {
  name: string;
  chats: number;
  slots: number;
  phases: readonly PhaseFigures[];
  checks: Checks;
  kills: number;
  leftOpen: number;
}

/** Whether all checks passed and all conditions hold. */
export function isGood({ scenarios, failures }: Report): boolean {
  return failures.length === 0 && scenarios.every(({ checks }) => areRight(checks));
}

/** The report as text for a terminal. */
export function renderText(report: Report): string {
  const { scenarios, speed, machine, command, failures, interrupted } = report;
  const before = scenarios.find(({ name }) => name === "before");
  const after = scenarios.find(({ name }) => name === "after");
  return [
    ...(interrupted ? ["Interrupted: what follows is what there was until then.", ""] : []),
    ...(before && after ? [publishedTable(before.phases, after.phases), ""] : []),
    ...scenarios.flatMap((scenario) => [scenarioTitle(scenario), detailTable(scenario.phases), ""]),
    ...legend(speed),
    "",
    ...scenarios.map(checksLine),
    ...failures.map((failure) => `FAILED  ${failure}`),
    "",
    `${command}   (${machine})`,
    "",
  ].join("\n");
}

function legend(speed: number): string[] {
  const explained = [
    "first word: until something of the answer can be read. over first come: ours divided by a bot that costs",
    "nothing and serves in order of arrival; over the bound: by what no scheduler could beat, even one that knew",
    "every latency. Both are computed from the very latencies drawn, with no faults: mean / p95 / last.",
    `MB/person: memory taken while they were there; published ${PUBLISHED_MEMORY}.`,
  ];
  if (speed === 1) return explained;
  return [
    ...explained,
    `Run at ${speed} times true speed and turned back: the bot's own cost weighs ${speed}-fold.`,
  ];
}

/** The published table beside ours; ranges are from the first answer to the last. */
export function publishedTable(before: readonly PhaseFigures[], after: readonly PhaseFigures[]): string {
  const table = createTable([
    "people at once",
    "before: published",
    "ours",
    "after: published",
    "ours",
    "faster: published",
    "ours",
  ]);
  for (const now of after) {
    const then = before.find(({ people }) => people === now.people);
    const published = PUBLISHED.get(now.people);
    const improvement = then?.ours && now.ours ? `${(then.ours.mean / now.ours.mean).toFixed(1)}x` : "-";
    table.push([
      String(now.people),
      published?.before ?? "-",
      range(then),
      published?.after ?? "-",
      range(now),
      published?.improvement ?? "-",
      improvement,
    ]);
  }
  return table.toString();
}

function range(phase: PhaseFigures | undefined): string {
  if (!phase?.ours) return "-";
  return `${(phase.ours.first / 1_000).toFixed(1)}-${(phase.ours.last / 1_000).toFixed(1)} s`;
}

function scenarioTitle({ name, chats, slots }: ScenarioReport): string {
  const places = `${chats} ${chats === 1 ? "chat" : "chats"} and ${slots} ${slots === 1 ? "call" : "calls"} at a time`;
  return `${name}: ${places}`;
}

function detailTable(phases: readonly PhaseFigures[]): string {
  const table = createTable([
    "",
    "mean",
    "p50",
    "p95",
    "last",
    "first word",
    "over first come",
    "over the bound",
    "MB/person",
  ]);
  for (const phase of phases) {
    const { ours, firstWordMeanMs, overFirstCome, overClairvoyant, bytesPerPerson } = phase;
    table.push([
      phase.label,
      ...[ours?.mean, ours?.p50, ours?.p95, ours?.last, firstWordMeanMs].map(seconds),
      ratios(overFirstCome),
      ratios(overClairvoyant),
      bytesPerPerson === null ? "-" : (bytesPerPerson / 1024 ** 2).toFixed(2),
    ]);
  }
  return table.toString();
}

/** Aligns columns with spaces, so that the table fits a terminal and can be copied. */
function createTable(head: string[]): Table.Table {
  const none = ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
    ["", "-mid", "-left", "-right"].map((part) => [`${side}${part}`, ""] as const),
  );
  return new Table({
    head,
    colAligns: head.map((_, column) => (column === 0 ? "left" : "right")),
    chars: { ...Object.fromEntries(none), middle: " " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
  });
}

function seconds(ms: number | null | undefined): string {
  return typeof ms === "number" ? `${(ms / 1_000).toFixed(2)} s` : "-";
}

function ratios(over: PhaseFigures["overFirstCome"]): string {
  return over ? [over.mean, over.p95, over.last].map((ratio) => ratio.toFixed(2)).join(" / ") : "-";
}

function checksLine({ name, checks, kills, leftOpen, phases }: ScenarioReport): string {
  const questions = phases.reduce((total, phase) => total + phase.questions, 0);
  const { lost, outOfOrder, duplicates, wrongInHistory, excusedCopies, standIns } = checks;
  return [
    `${areRight(checks) ? "ok     " : "FAILED "} ${name}: ${questions} questions, ${kills} kills`,
    `lost ${lost}`,
    `out of order ${outOfOrder}`,
    `duplicates ${duplicates} (excused ${excusedCopies})`,
    `wrong in history ${wrongInHistory}`,
    ...(standIns > 0 ? [`answered without the model ${standIns}`] : []),
    ...(leftOpen > 0 ? [`still open ${leftOpen}`] : []),
  ].join(", ");
}
