import Table from "cli-table3";
import { type RiskResult, type RiskScore, riskScore } from "./risk-evaluation.ts";

interface Row {
  part: string;
  language: string;
  /** `all`, or the rule that messages should raise; false alarms count for the rule they raised. */
  rule: string;
  score: RiskScore;
}

/** The results by part, language and rule, and every message that went wrong. */
export function renderRisks(results: readonly RiskResult[]): string {
  const table = new Table({
    head: ["part", "language", "rule", "heard", "wrong rule", "missed", "false alarms"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "left", "left", "right", "right", "right", "right"],
  });
  for (const { part, language, rule, score } of rowsOf(results)) {
    const { dangers, heard, wrongRule, missed, everyday, falseAlarms } = score;
    const alarms = rule === "all" ? share(falseAlarms, everyday) : String(falseAlarms);
    table.push([part, language, rule, share(heard, dangers), wrongRule, missed, alarms]);
  }
  const wrong = results.filter(({ outcome }) => outcome !== "heard" && outcome !== "quiet");
  const lines = wrong.map(
    ({ part, language, rule, raised, outcome, message }) =>
      `${outcome} (${part}) ${language}|${rule ?? "-"}|${message}${raised ? `  → ${raised}` : ""}`,
  );
  return `${[table.toString(), "", ...lines].join("\n")}\n`;
}

/** The same as data. */
export function risksAsJson(results: readonly RiskResult[]): string {
  const wrong = results.filter(({ outcome }) => outcome !== "heard" && outcome !== "quiet");
  return `${JSON.stringify({ figures: rowsOf(results), wrong }, null, 2)}\n`;
}

function rowsOf(results: readonly RiskResult[]): Row[] {
  const parts = distinct(results.map(({ part }) => part));
  return parts.flatMap((part) => {
    const inPart = results.filter((result) => result.part === part);
    return distinct(inPart.map(({ language }) => language)).flatMap((language) => {
      const inLanguage = inPart.filter((result) => result.language === language);
      const rules = distinct(inLanguage.flatMap(({ rule, raised }) => rule ?? raised ?? []));
      return [
        { part, language, rule: "all", score: riskScore(inLanguage) },
        ...rules.map((rule) => ({
          part,
          language,
          rule,
          score: riskScore(inLanguage.filter((result) => (result.rule ?? result.raised) === rule)),
        })),
      ];
    });
  });
}

function distinct<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].toSorted();
}

function share(count: number, of: number): string {
  return of === 0 ? "–" : `${count} of ${of} (${Math.round((100 * count) / of)} %)`;
}
