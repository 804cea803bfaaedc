import Table from "cli-table3";
import type { Gaps } from "../../lib/operations/index.ts";

const STYLE = { head: [], border: [], compact: true };

/** @param nearest for each group of words the page that comes nearest */
export function renderGaps(
  { days, unanswered, groups, disliked, unread }: Gaps,
  nearest: readonly (string | undefined)[],
): string {
  return [
    `${unanswered} questions of the last ${days} days have no answer.\n`,
    ...(groups.length === 0
      ? ["No word in them was used by five people or more; others are not shown.\n"]
      : [groupsTable(groups, nearest), HOW_TO_ADD]),
    ...(disliked.length === 0 ? [] : ["Disliked answers by page:\n", dislikedTable(disliked)]),
    unread.length === 0
      ? "Every page was the source of an answer.\n"
      : `No answer was based on ${unread.length} pages:\n  ${unread.join("\n  ")}\n`,
  ].join("\n");
}

const HOW_TO_ADD = `Where a page answers it, add the question as people put it, and where none does and none should, to the unanswered ones:
  npm run gaps -- --add en/condoms "where do i get condoms cheap"
  npm run gaps -- --add unanswered/en "how do i fix a bike"
`;

function groupsTable(groups: Gaps["groups"], nearest: readonly (string | undefined)[]): string {
  const table = new Table({
    head: ["people", "questions", "", "words of at least five people", "nearest page"],
    style: STYLE,
    colAligns: ["right", "right"],
  });
  for (const [index, { people, questions, language, words }] of groups.entries()) {
    table.push([people, questions, language, words.join(" "), nearest[index] ?? ""]);
  }
  return `${table.toString()}\n`;
}

function dislikedTable(disliked: Gaps["disliked"]): string {
  const table = new Table({ head: ["👎", "answers", "page"], style: STYLE, colAligns: ["right", "right"] });
  for (const { dislikes, answers, title } of disliked) table.push([dislikes, answers, title]);
  return `${table.toString()}\n`;
}
