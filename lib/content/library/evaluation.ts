import * as z from "zod";
import { openContentFolder } from "../files/content-folder.ts";
import { contentError, type Mistake } from "../files/mistakes.ts";
import { parseYaml } from "../files/yaml-file.ts";

/** A question that the search for passages is judged by. */
export interface EvaluationQuestion {
  question: string;
  language: string;
  /** The pages that answer it, such as `en/condoms`, any of which will do; none when the library cannot answer it. */
  pages: readonly string[];
  /** The id of the risk rule it must raise; without it, none. */
  risk?: string;
  /** Nobody looked at it while tuning the search. */
  isHeldOut: boolean;
}

const FILE = "evaluation.yaml";

const schema = z.strictObject({
  questions: z
    .array(
      z.strictObject({
        question: z.string().trim().min(1),
        language: z.string(),
        pages: z.array(z.string()),
        risk: z.string().optional(),
        held_out: z.boolean().default(false),
      }),
    )
    .min(1),
});

/**
 * Reads `evaluation.yaml`; null when the operator has none.
 * @param known what the rest of the content offers
 * @throws OperatorError that names every mistake
 */
export async function loadEvaluation(
  folder: string,
  known: { passages: readonly { pageId: string }[]; risks: readonly { id: string }[] },
): Promise<EvaluationQuestion[] | null> {
  const mistakes: Mistake[] = [];
  const files = await openContentFolder(folder, mistakes);
  if (!(await files.list("")).includes(FILE)) return null;
  const file = await files.read(FILE);
  const parsed = file && parseYaml(file, schema, mistakes);
  const pageIds = new Set(known.passages.map(({ pageId }) => pageId));
  const riskIds = known.risks.map(({ id }) => id);
  const questions = (parsed?.value.questions ?? []).map(
    ({ question, language, pages, risk, held_out }, index): EvaluationQuestion => {
      const at = (key: string, text: string): void =>
        void mistakes.push({ file: FILE, line: parsed?.lineOf(["questions", index, key]) ?? 1, text });
      const ids = pages.map((page) => `${language}/${page}`);
      for (const id of ids)
        if (!pageIds.has(id)) at("pages", `names "${id}", but there is no knowledge/${id}.md`);
      if (risk !== undefined && !riskIds.includes(risk))
        at("risk", `names the rule "${risk}", which risk/ has not`);
      return { question, language, pages: ids, isHeldOut: held_out, ...(risk === undefined ? {} : { risk }) };
    },
  );
  if (mistakes.length > 0) throw contentError(folder, mistakes);
  return questions;
}
