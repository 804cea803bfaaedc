import {
  type Findings,
  type GateWeights,
  LibrarySearch,
  searchedTexts,
  signalsOf,
  urgentSignalsOf,
} from "../../lib/answers/index.ts";
import type { EvaluationQuestion, LibraryContent } from "../../lib/content/index.ts";
import { meaningOfStandIn } from "./meaning.ts";

/** How strongly the weights are held near 0 (ridge regression), in units of questions. */
const RIDGE = 1;
const ITERATIONS = 50;

/**
 * Fits the weights of the gate in lib/answers/library/gate.ts: logistic regressions of "the best page is right" and "one
 * of the best three is right" on the signals of a question, over the library with all, half and none of its example
 * questions, the first counting twice; and of "the first passage about an emergency is right" on the example questions.
 */
export async function fitGate(
  questions: readonly EvaluationQuestion[],
  content: LibraryContent,
): Promise<GateWeights> {
  return {
    ...(await fitVerdicts(questions, content, { withMeaning: false })),
    withMeaning: await fitVerdicts(questions, content, { withMeaning: true }),
    urgentIsRight: logisticRegression(await urgentRows(content)),
  };
}

async function fitVerdicts(
  questions: readonly EvaluationQuestion[],
  content: LibraryContent,
  { withMeaning }: { withMeaning: boolean },
): Promise<GateWeights["withMeaning"]> {
  const rows: { signals: number[]; weight: number; best: boolean; three: boolean }[] = [];
  for (const { keptShare, weight } of [
    { keptShare: 1, weight: 2 },
    { keptShare: 0.5, weight: 1 },
    { keptShare: 0, weight: 1 },
  ]) {
    const standIn = withMeaning ? meaningOfStandIn() : undefined;
    const search = new LibrarySearch(
      withExamples(content, keptShare),
      standIn && { meaning: standIn.library },
    );
    await search.learnMeaning(new AbortController().signal);
    for (const { question, language, pages } of questions) {
      const vectors = await standIn?.question().of(searchedTexts(question));
      const findings = await search.search({ text: question, language, vectors: vectors ?? null });
      if (findings && findings.pages.length > 0) {
        const isRight = ({ pageId }: Findings["pages"][number]): boolean => pages.includes(pageId);
        rows.push({
          signals: signalsOf(findings),
          weight,
          best: findings.pages.slice(0, 1).some(isRight),
          three: findings.pages.slice(0, 3).some(isRight),
        });
      }
    }
  }
  const weightsFor = (isPositive: (row: (typeof rows)[number]) => boolean): number[] =>
    logisticRegression(rows.map((row) => ({ ...row, isPositive: isPositive(row) })));
  return { bestIsRight: weightsFor(({ best }) => best), oneOfThreeIsRight: weightsFor(({ three }) => three) };
}

/** In how many parts the example questions are held out, one after the other. */
const PARTS = 4;

/**
 * The signals of every example question, from a library without its part of them and without signs: those were written
 * for these questions, which would leave only the odd ones to learn from.
 */
async function urgentRows(content: LibraryContent): Promise<Row[]> {
  const rows: Row[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    const held: { text: string; language: string; pageId: string | null; isUrgent: boolean }[] = [];
    let count = 0;
    const holdOut = (texts: readonly string[], about: Omit<(typeof held)[number], "text">): string[] =>
      texts.filter((text) => {
        const isHeld = count % PARTS === part;
        count += 1;
        if (isHeld) held.push({ text, ...about });
        return !isHeld;
      });
    const search = new LibrarySearch({
      ...content,
      pages: content.pages.map((page) => {
        const about = { language: page.language, pageId: page.id };
        const questions = holdOut(page.questions, { ...about, isUrgent: false });
        const urgent = page.urgent.map((section) => ({
          ...section,
          signs: [],
          questions: holdOut(section.questions, { ...about, isUrgent: true }),
        }));
        return { ...page, questions, urgent };
      }),
      unanswered: Object.fromEntries(
        Object.entries(content.unanswered).map(([language, texts]) => [
          language,
          holdOut(texts, { language, pageId: null, isUrgent: false }),
        ]),
      ),
    });
    for (const { text, language, pageId, isUrgent } of held) {
      const findings = await search.search({ text, language });
      const [first] = findings?.urgent ?? [];
      if (!findings || !first) continue;
      const isPositive = isUrgent && first.passage.pageId === pageId;
      rows.push({ signals: urgentSignalsOf(findings), weight: 1, isPositive });
    }
  }
  return rows;
}

/** The library with the first `share` of each page's example questions, and of those that no page answers. */
export function withExamples(content: LibraryContent, share: number): LibraryContent {
  const first = (texts: readonly string[]): readonly string[] =>
    texts.slice(0, Math.round(texts.length * share));
  return {
    ...content,
    pages: content.pages.map((page) => ({
      ...page,
      questions: first(page.questions),
      urgent: page.urgent.map((section) => ({ ...section, questions: first(section.questions) })),
    })),
    unanswered: Object.fromEntries(
      Object.entries(content.unanswered).map(([language, texts]) => [language, first(texts)]),
    ),
  };
}

interface Row {
  signals: readonly number[];
  weight: number;
  isPositive: boolean;
}

/** Newton's method on standardised signals; the weights returned are for the signals as they are. */
function logisticRegression(rows: readonly Row[]): number[] {
  const size = rows[0]?.signals.length ?? 0;
  const scales = Array.from({ length: size }, (_, at) =>
    scaleOf(
      rows.map(({ signals }) => signals[at] ?? 0),
      at,
    ),
  );
  const standardised = rows.map((row) => ({
    ...row,
    signals: scales.map(({ mean, deviation }, at) => ((row.signals[at] ?? 0) - mean) / deviation),
  }));
  let weights: number[] = scales.map(() => 0);
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const gradient: number[] = weights.map((weight, at) => (at === 0 ? 0 : RIDGE * weight));
    const hessian: number[][] = weights.map((_, at) =>
      weights.map((__, other) => (at === other ? RIDGE : 0)),
    );
    for (const { signals, weight, isPositive } of standardised) {
      const probability = 1 / (1 + Math.exp(-dot(weights, signals)));
      const error = weight * (probability - (isPositive ? 1 : 0));
      const curvature = weight * probability * (1 - probability);
      for (const [at, signal] of signals.entries()) {
        gradient[at] = (gradient[at] ?? 0) + error * signal;
        const row = hessian[at] ?? [];
        for (const [other, value] of signals.entries())
          row[other] = (row[other] ?? 0) + curvature * signal * value;
      }
    }
    const step = solve(hessian, gradient);
    weights = weights.map((weight, at) => weight - (step[at] ?? 0));
  }
  const own = weights.map((weight, at) => weight / (scales[at]?.deviation ?? 1));
  const shift = own.reduce((sum, weight, at) => sum + (at === 0 ? 0 : weight * (scales[at]?.mean ?? 0)), 0);
  return own.map((weight, at) => Number((at === 0 ? weight - shift : weight).toFixed(3)));
}

/** The constant, first of the signals, stays as it is. */
function scaleOf(values: readonly number[], at: number): { mean: number; deviation: number } {
  if (at === 0) return { mean: 0, deviation: 1 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

/** Gauss-Jordan elimination with pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at] ?? 0]);
  for (const at of rows.keys()) {
    const pivot = rows
      .slice(at)
      .reduce((best, row) => (Math.abs(row[at] ?? 0) > Math.abs(best[at] ?? 0) ? row : best));
    const place = rows.indexOf(pivot);
    [rows[place], rows[at]] = [rows[at] ?? [], pivot];
    const divisor = pivot[at] ?? 1;
    const scaled = pivot.map((value) => value / divisor);
    rows[at] = scaled;
    for (const [other, row] of rows.entries()) {
      if (other === at) continue;
      const factor = row[at] ?? 0;
      rows[other] = row.map((value, column) => value - factor * (scaled[column] ?? 0));
    }
  }
  return rows.map((row) => row.at(-1) ?? 0);
}
