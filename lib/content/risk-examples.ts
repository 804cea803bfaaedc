import type { RiskExample, RiskRule } from "../risk/index.ts";
import type { ContentFolder } from "./files/content-folder.ts";
import { reportStrayFiles } from "./files/language-files.ts";
import type { Mistake } from "./files/mistakes.ts";
import type { LibraryContent } from "./library/knowledge.ts";

/** The folder of `<language>.txt` files with lines `rule|message`. */
const FOLDER = "risk-examples";
const LINE = /^(?<rule>-|[a-z][a-z0-9-]*)\s*\|\s*(?<message>.+)$/;

/** Reads `risk-examples/<language>.txt`: messages of people in danger with the rule each should raise, `-` for none. */
export async function loadRiskExamples(
  folder: ContentFolder,
  languages: readonly string[],
  rules: readonly RiskRule[],
  mistakes: Mistake[],
): Promise<RiskExample[]> {
  const names = await folder.list(FOLDER);
  await reportStrayFiles(folder, FOLDER, { languages, extension: ".txt" }, mistakes);
  const known = rules.map(({ id }) => id);
  const examples: RiskExample[] = [];
  for (const name of names) {
    const language = name.replace(/\.txt$/, "");
    const file = await folder.read(`${FOLDER}/${name}`);
    for (const [index, raw] of (file?.text ?? "").split("\n").entries()) {
      const line = raw.trim();
      if (line === "" || line.startsWith("#")) continue;
      const { rule = "", message = "" } = LINE.exec(line)?.groups ?? {};
      if (rule === "-" || known.includes(rule)) {
        examples.push({ language, rule: rule === "-" ? null : rule, message });
        continue;
      }
      const text = `is not "rule|message" with a rule of risk/${language}.yaml or "-"; the rules are ${known.join(", ")}`;
      mistakes.push({ file: `${FOLDER}/${name}`, line: index + 1, text });
    }
  }
  return examples;
}

/** Adds the example questions of the library, which are everyday messages; none where there are no examples. */
export function withEverydayMessages(
  examples: readonly RiskExample[],
  { pages, unanswered }: LibraryContent,
): readonly RiskExample[] {
  if (examples.length === 0) return [];
  return [
    ...examples,
    ...pages.flatMap(({ id, language, questions }) =>
      questions.map((message) => ({ language, rule: null, message, page: id })),
    ),
    ...Object.entries(unanswered).flatMap(([language, questions]) =>
      questions.map((message) => ({ language, rule: null, message })),
    ),
  ];
}
