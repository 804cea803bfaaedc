import Table from "cli-table3";
import pc from "picocolors";
import { type QuestionResult, type Score, scoreOf } from "./evaluate.ts";

/** What a set has to reach; shares from 0 to 1. The reasons: a wrong page costs more than none, an urgent one most. */
export const LIMITS: readonly { name: string; isMet(score: Score): boolean }[] = [
  { name: "right at least 50 %", isMet: ({ right }) => (right ?? 1) >= 0.5 },
  {
    name: "right or among the choices at least 80 %",
    isMet: ({ right, choice }) => (right ?? 1) + (choice ?? 0) >= 0.8,
  },
  { name: "wrong at most 7 %", isMet: ({ wrong }) => (wrong ?? 0) <= 0.07 },
  { name: "answered without a page (false) at most 6 %", isMet: (score) => (score.false ?? 0) <= 0.06 },
  { name: "emergencies with their page at least 85 %", isMet: ({ urgent }) => (urgent ?? 1) >= 0.85 },
  { name: "a right passage in the prompt at least 90 %", isMet: ({ in_prompt }) => (in_prompt ?? 1) >= 0.9 },
  { name: "risk rules right at least 90 %", isMet: ({ wrong_risk }) => (wrong_risk ?? 0) <= 0.1 },
];

/** The limits a set misses. */
export function missedLimits(score: Score): string[] {
  return LIMITS.filter(({ isMet }) => !isMet(score)).map(({ name }) => name);
}

const COLUMNS = [
  "right",
  "choice",
  "nothing",
  "wrong",
  "false",
  "offered",
  "urgent",
  "in_prompt",
  "wrong_risk",
] as const satisfies readonly (keyof Score)[];

/** The shares of a set by language and by kind, with 95 % intervals where all its questions count. */
export function renderEvaluation(
  name: string,
  results: readonly QuestionResult[],
  { color }: { color: boolean },
): string {
  const paint = pc.createColors(color);
  const table = new Table({
    head: [name, "questions", ...COLUMNS.map((column) => column.replace("_", " "))],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", ...COLUMNS.map(() => "right" as const), "right"],
  });
  for (const [group, own] of groupsOf(results)) table.push([group, String(own.length), ...cellsOf(own)]);
  const missed = missedLimits(scoreOf(results));
  const verdict =
    missed.length === 0 ? paint.green("All limits are met.") : paint.red(`Not met: ${missed.join("; ")}.`);
  return `${table.toString()}\n${verdict}\n`;
}

/** What embeddings add, in points. */
export function renderGain(
  name: string,
  byWords: readonly QuestionResult[],
  byMeaning: readonly QuestionResult[],
): string {
  const [before, after] = [scoreOf(byWords), scoreOf(byMeaning)];
  const points = (share: (score: Score) => number): string => {
    const gain = Math.round(100 * (share(after) - share(before)));
    return gain > 0 ? `+${gain}` : String(gain);
  };
  const parts = [
    `right ${points(({ right }) => right ?? 0)}`,
    `right or among the choices ${points(({ right, choice }) => (right ?? 0) + (choice ?? 0))}`,
    `wrong ${points(({ wrong }) => wrong ?? 0)}`,
    `false ${points((score) => score.false ?? 0)}`,
    `in prompt ${points(({ in_prompt }) => in_prompt ?? 0)}`,
  ];
  return `With ${name}, in points: ${parts.join(", ")}.\n`;
}

/** The same as plain data. */
export function evaluationJson(results: readonly QuestionResult[]): object {
  return {
    ...scoreOf(results),
    by_language: scoresOf(groupBy(results, ({ language }) => language)),
    by_kind: scoresOf(groupBy(results, ({ kind }) => kind)),
    results: results.map(({ question, language, kind, pages, outcome, shown, isInPrompt, raised }) => ({
      question,
      language,
      kind,
      pages,
      outcome,
      shown,
      in_prompt: isInPrompt,
      raised,
    })),
  };
}

function scoresOf(groups: readonly [string, readonly QuestionResult[]][]): Record<string, Score> {
  return Object.fromEntries(groups.map(([group, own]) => [group, scoreOf(own)]));
}

/** Each question that went wrong, a line each. */
export function renderMisses(results: readonly QuestionResult[]): string {
  const lines = results
    .filter(
      ({ outcome, isUrgent }) =>
        ["wrong", "false", "nothing"].includes(outcome) || (isUrgent && outcome !== "right"),
    )
    .map(({ outcome, language, kind, question, pages, shown }) => {
      const wanted = pages.map(shortName).join(", ") || "no page";
      return `${outcome.padEnd(8)} ${language} ${kind.padEnd(10)} ${question}\n${" ".repeat(12)}wanted ${wanted}; shown ${shown.map(shortName).join(", ") || "nothing"}`;
    });
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function groupsOf(results: readonly QuestionResult[]): [string, readonly QuestionResult[]][] {
  return [
    ["all", results],
    ...groupBy(results, ({ language }) => language),
    ...groupBy(results, ({ kind }) => kind),
  ];
}

function groupBy(
  results: readonly QuestionResult[],
  keyOf: (result: QuestionResult) => string,
): [string, readonly QuestionResult[]][] {
  const keys = [...new Set(results.map(keyOf))].toSorted();
  return keys.map((key) => [key, results.filter((result) => keyOf(result) === key)]);
}

/** The number of questions a column's share is of. */
function baseOf(column: (typeof COLUMNS)[number], results: readonly QuestionResult[]): number {
  if (column === "false" || column === "offered")
    return results.filter(({ pages }) => pages.length === 0).length;
  if (column === "urgent") return results.filter(({ isUrgent }) => isUrgent).length;
  if (column === "wrong_risk") return results.filter(({ risk }) => risk !== undefined).length;
  return results.filter(({ pages }) => pages.length > 0).length;
}

function cellsOf(results: readonly QuestionResult[]): string[] {
  const score = scoreOf(results);
  return COLUMNS.map((column) => {
    const share = score[column];
    if (share === null) return "";
    const [low, high] = wilsonInterval(share, baseOf(column, results));
    return `${percent(share)} (${percent(low)}–${percent(high)})`;
  });
}

/** Wilson's score interval for a share of `count` tries, at 95 %. */
export function wilsonInterval(share: number, count: number): [number, number] {
  const z = 1.96;
  const middle = (share + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half =
    (z / (1 + (z * z) / count)) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function percent(share: number): string {
  return `${Math.round(share * 100)}`;
}

function shortName(pageId: string): string {
  return pageId.slice(pageId.indexOf("/") + 1);
}
