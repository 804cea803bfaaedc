import Table from "cli-table3";
import { MAX_WAITING } from "../../../lib/inbox/index.ts";
import type { LoadFigures, Quantiles } from "./figures.ts";
import type { Offered, Overload } from "./loads.ts";

/** Other programs that take more than this of a core disturb the measurement. */
const NOTABLE_CORES = 0.1;

/** One line of the search. */
export function describeStep({ figures, isTaken, otherCores }: Offered): string {
  const { rate, own, isCutShort } = figures;
  const beside = otherCores < NOTABLE_CORES ? "" : `  (other programs: ${ofACore(otherCores)})`;
  const verdict = isTaken ? "" : isCutShort ? "  too much, ended early" : "  too much";
  return `${rate.toFixed(1).padStart(7)} a second: p50 ${inMs(own.p50)}, p95 ${inMs(own.p95)}${verdict}${beside}`;
}

/** The rate that was held, where its time went, and what it took. */
export function describeHeld(held: Offered): string {
  const { figures, botCpuMs, serversCpuMs, botCores, otherCores, loopP99Ms, memoryBytes } = held;
  const table = new Table({
    head: ["", "p50", "p95", "longest"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right"],
  });
  const row = (title: string, { p50, p95, max }: Quantiles): void => {
    table.push([title, inMs(p50), inMs(p95), inMs(max)]);
  };
  row("at Telegram, until the bot fetches it", figures.atTelegram);
  row("until the model is called", figures.beforeModel);
  row("from its last word to the send", figures.afterModel);
  row("together", figures.own);
  return [
    `The bot takes ${figures.rate.toFixed(1)} questions a second (${count(figures.questions)}; 0 lost, in order):`,
    table.toString(),
    `CPU of a question ${botCpuMs.toFixed(1)} ms, ${ofACore(botCores)}; of the servers beside it ${serversCpuMs.toFixed(1)} ms; other programs ${ofACore(otherCores)}`,
    `event loop delay p99 ${inMs(loopP99Ms)}; memory ${megabytes(memoryBytes.before)} → ${megabytes(memoryBytes.after)}`,
  ].join("\n");
}

/** What gave way beyond that rate. */
export function describeOverload(beyond: Overload, usual: LoadFigures): string {
  const { figures, seconds, peaks, peakInBot, drainMs, bystanders, problems, peakMemoryBytes } = beyond;
  const others = Object.entries(beyond.otherMessages);
  return [
    `${figures.rate.toFixed(1)} questions a second for ${seconds} s:`,
    `  most at Telegram, not fetched: ${count(peaks.atTelegram)}`,
    `  most in the bot: ${count(peakInBot)} of the ${count(MAX_WAITING)} that its inbox takes (before the model ${count(peaks.beforeModel)}, at it ${count(peaks.atModel)}, before the send ${count(peaks.beforeSend)})`,
    `  last answer ${inSeconds(drainMs)} after the last question; ${count(figures.questions)} questions, ${figures.lost} lost, ${figures.outOfOrder} out of order`,
    `  wait of all for an answer: ${waits(figures.wait)}; usually ${waits(usual.wait)}`,
    `  wait of people who asked one question: ${waits(bystanders)}`,
    `  most memory ${megabytes(peakMemoryBytes)}; ${ready(problems)}`,
    ...others.map(([text, times]) => `  other messages: ${count(times)} × ${JSON.stringify(text)}`),
  ].join("\n");
}

function ready(problems: Record<string, string>): string {
  const found = Object.entries(problems).map(([part, problem]) => `${part}: ${problem}`);
  return found.length === 0 ? "ready all the time" : `not ready: ${found.join("; ")}`;
}

function waits({ p50, p95, max }: Quantiles): string {
  return `p50 ${inSeconds(p50)}, p95 ${inSeconds(p95)}, longest ${inSeconds(max)}`;
}

function ofACore(cores: number): string {
  return `${(cores * 100).toFixed(0)} % of a core`;
}

function inMs(ms: number): string {
  return `${ms.toFixed(0)} ms`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
