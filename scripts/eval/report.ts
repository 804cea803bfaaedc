import Table from "cli-table3";
import pc from "picocolors";
import { isAnsweredRight, type QuestionResult, type Score, scoreOf } from "./evaluate.ts";

/** The least recall@3 that is good enough; below it the command fails. */
export const MIN_RECALL = 0.9;

const QUESTION_WIDTH = 46;

/** The results as a table, and what they come to. */
export function renderEvaluation(results: readonly QuestionResult[], { color }: { color: boolean }): string {
  const paint = pc.createColors(color);
  const table = new Table({
    head: ["rank", "", "question", "found first", "library alone", "risk"],
    style: { head: [], border: [], compact: true },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    colAligns: ["right", "left", "left", "left", "left", "left"],
  });
  for (const result of results) table.push(rowOf(result, paint));
  const tuned = scoreOf(results.filter(({ isHeldOut }) => !isHeldOut));
  const heldOut = scoreOf(results.filter(({ isHeldOut }) => isHeldOut));
  const all = scoreOf(results);
  const verdict =
    all.recallAt3 >= MIN_RECALL
      ? paint.green(`recall@3 ${figure(all.recallAt3)} – good enough (at least ${MIN_RECALL})`)
      : paint.red(`recall@3 ${figure(all.recallAt3)} – too low (at least ${MIN_RECALL})`);
  return [
    table.toString(),
    "",
    summaryOf("all", all),
    ...(heldOut.inScope > 0 && tuned.inScope > 0
      ? [summaryOf("looked at while tuning", tuned), summaryOf("held out", heldOut)]
      : []),
    "",
    verdict,
    "",
  ].join("\n");
}

function rowOf(result: QuestionResult, paint: ReturnType<typeof pc.createColors>): string[] {
  const { question, language, pages, found, answered, raised, risk = null, isHeldOut } = result;
  const isOutOfScope = pages.length === 0;
  const isRight = isOutOfScope ? answered.length === 0 : isAnsweredRight(result);
  const mark = isRight ? paint.green("✓") : paint.red("✗");
  const alone = answered.length > 0 ? `${mark} ${answered.map(shortName).join(", ")}` : `${mark} nothing`;
  return [
    rankText(result, paint),
    isHeldOut ? `${language}*` : language,
    question.length > QUESTION_WIDTH ? `${question.slice(0, QUESTION_WIDTH - 1)}…` : question,
    isOutOfScope ? "" : shortName(found ?? "–"),
    alone,
    raised === risk ? (raised ?? "") : paint.red(`✗ ${raised ?? "none"}, not ${risk ?? "none"}`),
  ];
}

function rankText({ rank, pages }: QuestionResult, paint: ReturnType<typeof pc.createColors>): string {
  if (pages.length === 0) return "";
  if (rank === null) return paint.red("–");
  return rank <= 3 ? paint.green(String(rank)) : paint.yellow(String(rank));
}

function summaryOf(name: string, score: Score): string {
  const parts = [
    `recall@3 ${figure(score.recallAt3)}`,
    `MRR ${figure(score.mrr)}`,
    `library alone right ${figure(score.answeredRight)}`,
    `false finds ${score.falseFinds} of ${score.outOfScope}`,
    `wrong risks ${score.wrongRisks}`,
  ];
  return `${name} (${score.inScope} in scope): ${parts.join(", ")}`;
}

function figure(share: number): string {
  return share.toFixed(2);
}

function shortName(pageId: string): string {
  return pageId.slice(pageId.indexOf("/") + 1);
}
