import { OperatorError } from "../../lib/core/index.ts";
import { createRiskCheck, type RiskExample, type RiskRule } from "../../lib/risk/index.ts";

/** A message and the rule it should raise. */
export interface RiskMessage {
  language: string;
  /** Null when it should raise none. */
  rule: string | null;
  message: string;
  /** The part of the file it is in: messages to tune the rules with, or to test them with. */
  part: "tune" | "test";
}

export interface RiskResult extends RiskMessage {
  raised: string | null;
  outcome: "heard" | "wrong-rule" | "missed" | "false-alarm" | "quiet";
}

/** Counts of outcomes; `dangers` and `everyday` are the numbers of messages. */
export interface RiskScore {
  dangers: number;
  heard: number;
  wrongRule: number;
  missed: number;
  everyday: number;
  falseAlarms: number;
}

/**
 * Reads lines `language|rule|message`, with `-` for no rule. A line that begins with `#` is a comment; `# tune` and
 * `# test` begin a part, the file begins with `tune`.
 * @throws OperatorError for a line it cannot read, or a rule that does not exist
 */
export function readRiskMessages(text: string, ruleIds: readonly string[]): RiskMessage[] {
  const messages: RiskMessage[] = [];
  let part: RiskMessage["part"] = "tune";
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const begun = /^#\s*(tune|test)\b/i.exec(line)?.[1];
    if (begun) part = begun.toLowerCase() as RiskMessage["part"];
    if (line === "" || line.startsWith("#")) continue;
    const match = /^(?<language>[a-z-]+)\s*\|\s*(?<rule>-|[a-z][a-z0-9-]*)\s*\|\s*(?<message>.+)$/.exec(line);
    const { language = "", rule = "", message = "" } = match?.groups ?? {};
    if (!match) throw unreadable(index, 'is not "language|rule|message"');
    if (rule !== "-" && !ruleIds.includes(rule)) {
      throw unreadable(index, `names the rule "${rule}"; there are ${ruleIds.join(", ")}`);
    }
    messages.push({ language, rule: rule === "-" ? null : rule, message, part });
  }
  return messages;
}

function unreadable(index: number, text: string): OperatorError {
  return new OperatorError(`Line ${index + 1} ${text}`, { code: "RISK_EVALUATION_INVALID" });
}

export async function evaluateRisks(
  messages: readonly RiskMessage[],
  rules: readonly RiskRule[],
  examples: readonly RiskExample[] = [],
): Promise<RiskResult[]> {
  const check = createRiskCheck(rules, examples);
  await check.getReady();
  return messages.map((asked) => {
    const raised = check.check(asked.message, asked.language)?.id ?? null;
    return { ...asked, raised, outcome: outcomeOf(asked.rule, raised) };
  });
}

function outcomeOf(rule: string | null, raised: string | null): RiskResult["outcome"] {
  if (rule === null) return raised === null ? "quiet" : "false-alarm";
  if (raised === null) return "missed";
  return raised === rule ? "heard" : "wrong-rule";
}

/** Shares that every part must reach in every language. */
export interface RiskLimits {
  /** At least so many dangers are heard with the right rule. */
  minHeard: number;
  /** At most so many everyday messages raise a rule. */
  maxFalseAlarms: number;
}

/** A line for each part and language that misses a limit. */
export function missedRiskLimits(
  results: readonly RiskResult[],
  { minHeard, maxFalseAlarms }: RiskLimits,
): string[] {
  const setOf = ({ part, language }: RiskResult): string => `${part}, ${language}`;
  return [...new Set(results.map(setOf))].flatMap((set) => {
    const ofSet = results.filter((result) => setOf(result) === set);
    const { dangers, heard, everyday, falseAlarms } = riskScore(ofSet);
    return [
      ...(heard < minHeard * dangers
        ? [`${set}: ${heard} of ${dangers} are heard; ${minHeard} must be`]
        : []),
      ...(falseAlarms > maxFalseAlarms * everyday
        ? [`${set}: ${falseAlarms} of ${everyday} are false alarms; ${maxFalseAlarms} may be`]
        : []),
    ];
  });
}

export function riskScore(results: readonly RiskResult[]): RiskScore {
  const count = (outcome: RiskResult["outcome"]): number =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    dangers: results.filter(({ rule }) => rule !== null).length,
    heard: count("heard"),
    wrongRule: count("wrong-rule"),
    missed: count("missed"),
    everyday: results.filter(({ rule }) => rule === null).length,
    falseAlarms: count("false-alarm"),
  };
}
