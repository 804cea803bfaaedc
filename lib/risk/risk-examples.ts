import { type RiskExample, RiskJudge } from "./risk-judge.ts";

/** What was learnt from the examples, by language. */
export interface RiskJudges {
  /** The rule that a message sounds like in the language it is in, `language` first; null when it sounds harmless. */
  suspect(message: string, language: string): { language: string; rule: string } | null;
}

/**
 * The odds of a danger, as a logarithm, from which on a message raises a rule that no phrase raised. Chosen on messages
 * that were not learnt from: lower hears more, and more everyday questions get a help text before their answer.
 */
const SUSPICION = -0.25;

/** A page with a larger share of questions that raise a rule is about danger: its questions are not everyday ones. */
const MOST_DANGEROUS = 0.1;

const learnt = new WeakMap<readonly RiskExample[], Promise<RiskJudges>>();

/**
 * @param raisesRule whether a phrase of the rules finds a danger in an example
 * @param nextTurn is awaited between slices of the work
 */
export function learnFromExamples(
  examples: readonly RiskExample[],
  raisesRule: (example: RiskExample) => boolean,
  nextTurn: () => Promise<void>,
): Promise<RiskJudges> {
  const known = learnt.get(examples);
  if (known) return known;
  const learning = learn(examples, raisesRule, nextTurn);
  learnt.set(examples, learning);
  return learning;
}

async function learn(
  examples: readonly RiskExample[],
  raisesRule: (example: RiskExample) => boolean,
  nextTurn: () => Promise<void>,
): Promise<RiskJudges> {
  const judges = new Map<string, RiskJudge>();
  for (const language of new Set(examples.map((example) => example.language))) {
    const own = examples.filter((example) => example.language === language);
    const judge = await RiskJudge.learn(await withoutDoubtful(own, raisesRule, nextTurn), nextTurn);
    if (judge) judges.set(language, judge);
  }
  return {
    suspect(message, preferred) {
      const [found] = [...judges]
        .map(([language, judge]) => ({ language, judge, share: judge.knownShare(message) }))
        .toSorted(
          (a, b) => b.share - a.share || Number(b.language === preferred) - Number(a.language === preferred),
        );
      if (!found) return null;
      const { language, judge } = found;
      const known = judge.recall(message);
      if (known !== undefined) return known === null ? null : { language, rule: known };
      const suspicion = judge.suspect(message);
      return suspicion && suspicion.logOdds > SUSPICION ? { language, rule: suspicion.rule } : null;
    },
  };
}

/** Leaves out questions of the library that tell of a danger, and those of pages about danger. */
async function withoutDoubtful(
  examples: readonly RiskExample[],
  raisesRule: (example: RiskExample) => boolean,
  nextTurn: () => Promise<void>,
): Promise<RiskExample[]> {
  const counts = new Map<string, { questions: number; dangers: number }>();
  const calm: RiskExample[] = [];
  for (const example of examples) {
    const isDanger = example.rule === null && raisesRule(example);
    if (!isDanger) calm.push(example);
    if (example.page !== undefined) {
      const { questions, dangers } = counts.get(example.page) ?? { questions: 0, dangers: 0 };
      counts.set(example.page, { questions: questions + 1, dangers: dangers + (isDanger ? 1 : 0) });
    }
    await nextTurn();
  }
  return calm.filter(({ page = "" }) => {
    const { questions, dangers } = counts.get(page) ?? { questions: 1, dangers: 0 };
    return dangers <= MOST_DANGEROUS * questions;
  });
}
