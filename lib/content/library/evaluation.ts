import { basename, dirname } from "node:path";
import * as z from "zod";
import { openContentFolder } from "../files/content-folder.ts";
import { contentError, type Mistake } from "../files/mistakes.ts";
import { parseYaml } from "../files/yaml-file.ts";
import { type LibraryContent, sameQuestionKey } from "./knowledge.ts";

/** A question that the search for pages is judged by. */
export interface EvaluationQuestion {
  question: string;
  language: string;
  /** The pages that answer it, such as `en/condoms`, any of which will do; none when the library cannot answer it. */
  pages: readonly string[];
  /** How it is asked, such as `story` or `slang`; `plain` unless given. */
  kind: string;
  /** What the person asked just before. */
  after?: string;
  /** It has signs of an emergency that a page has a section for. */
  isUrgent: boolean;
  /** The id of the risk rule it must raise; without it, none is demanded. */
  risk?: string;
}

/** The sets of questions, by file name: `tune` for fitting, `test` for what nobody looked at while tuning. */
export type EvaluationSets = Readonly<Record<string, readonly EvaluationQuestion[]>>;

const FOLDER = "evaluation";

const schema = z.strictObject({
  questions: z
    .array(
      z.strictObject({
        question: z.string().trim().min(1),
        after: z.string().trim().min(1).optional(),
        language: z.string(),
        pages: z.array(z.string()),
        kind: z.string().default("plain"),
        urgent: z.boolean().default(false),
        risk: z.string().optional(),
        held_out: z.boolean().optional(), // of files written for earlier versions; every file is a set of its own now
      }),
    )
    .min(1),
});

/** What the rest of the content offers. */
export interface KnownContent extends LibraryContent {
  risks: readonly { id: string }[];
}

/**
 * Reads `evaluation/*.yaml`; null when the operator has none.
 * @throws OperatorError that names every mistake, an example question of a page among them: the search knows it by heart
 */
export async function loadEvaluation(folder: string, known: KnownContent): Promise<EvaluationSets | null> {
  const mistakes: Mistake[] = [];
  const files = await openContentFolder(folder, mistakes);
  const names = (await files.list(FOLDER)).filter((name) => name.endsWith(".yaml"));
  if (names.length === 0) return null;
  const sets: Record<string, readonly EvaluationQuestion[]> = {};
  const examples = examplesOf(known);
  for (const name of names) {
    const path = `${FOLDER}/${name}`;
    const file = await files.read(path);
    if (file) sets[basename(name, ".yaml")] = parseQuestions(file, known, mistakes, examples);
  }
  if (mistakes.length > 0) throw contentError(folder, mistakes);
  return sets;
}

/**
 * Reads one file of questions, wherever it is. Pages the library has not are left to be told of in the result.
 * @throws OperatorError when it is not of that form
 */
export async function loadEvaluationFile(path: string, known: KnownContent): Promise<EvaluationQuestion[]> {
  const mistakes: Mistake[] = [];
  const folder = await openContentFolder(dirname(path), mistakes);
  const file = await folder.read(basename(path));
  const questions = file ? parseQuestions(file, known, mistakes, new Map(), { arePagesChecked: false }) : [];
  if (mistakes.length > 0) throw contentError(dirname(path), mistakes);
  return questions;
}

function parseQuestions(
  file: { path: string; text: string },
  known: KnownContent,
  mistakes: Mistake[],
  examples: ReadonlyMap<string, string>,
  { arePagesChecked = true } = {},
): EvaluationQuestion[] {
  const parsed = parseYaml(file, schema, mistakes);
  const pageIds = new Set(known.pages.map(({ id }) => id));
  const riskIds = known.risks.map(({ id }) => id);
  return (parsed?.value.questions ?? []).map(
    ({ question, after, language, pages, kind, urgent, risk }, index) => {
      const at = (key: string, text: string): void =>
        void mistakes.push({ file: file.path, line: parsed?.lineOf(["questions", index, key]) ?? 1, text });
      const ids = pages.map((page) => `${language}/${page}`);
      for (const id of ids) {
        if (arePagesChecked && !pageIds.has(id))
          at("pages", `names "${id}", but there is no knowledge/${id}.md`);
      }
      if (arePagesChecked && risk !== undefined && !riskIds.includes(risk)) {
        at("risk", `names the rule "${risk}", which risk/ has not`);
      }
      const place = examples.get(sameQuestionKey(question));
      if (place !== undefined && after === undefined)
        at("question", `is an example question of ${place} as well; a test must be new`);
      return {
        question,
        language,
        pages: ids,
        kind,
        isUrgent: urgent,
        ...(after === undefined ? {} : { after }),
        ...(risk === undefined ? {} : { risk }),
      };
    },
  );
}

/** The file of each example question. */
function examplesOf({ pages, unanswered }: LibraryContent): Map<string, string> {
  return new Map([
    ...pages.flatMap(({ id, questions, urgent }) =>
      [...questions, ...urgent.flatMap((section) => section.questions)].map((question): [string, string] => [
        sameQuestionKey(question),
        `knowledge/${id}.md`,
      ]),
    ),
    ...Object.entries(unanswered).flatMap(([language, questions]) =>
      questions.map((question): [string, string] => [
        sameQuestionKey(question),
        `unanswered/${language}.txt`,
      ]),
    ),
  ]);
}
