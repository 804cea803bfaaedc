import { type LearntFiles, readLearnt } from "../core/index.ts";
import { decodeJudge, encodeJudge, judgeKey } from "./judge-file.ts";
import { type FindGroups, type RiskExample, RiskJudge } from "./risk-judge.ts";

/** What was learnt from the examples, by language. */
export interface RiskJudges {
  /** The rule that a message sounds like in the language it is in, `language` first; null when it sounds harmless. */
  suspect(message: string, language: string): { language: string; rule: string } | null;
}

/**
 * The odds of a danger, as a logarithm, from which on a message raises a rule that no phrase raised. Chosen on messages
 * that were not learnt from: lower hears more, and more everyday questions get a help text before their answer.
 */
const SUSPICION = 0.25;

/** A page with a larger share of questions that raise a rule is about danger: its questions are not everyday ones. */
const MOST_DANGEROUS = 0.1;

/** What is needed to learn. */
export interface Lessons {
  examples: readonly RiskExample[];
  /** Identifies the rules that `raisesRule` knows. */
  rulesKey: string;
  /** Whether a phrase of the rules finds a danger in an example. */
  raisesRule(example: RiskExample): boolean;
  /** Finds the word groups of a language in a message. */
  findGroups(language: string): FindGroups;
  /** Where what was learnt is kept from one start to the next; without it each start learns. */
  files?: LearntFiles | undefined;
  /** Is awaited between slices of the work. */
  nextTurn(): Promise<void>;
}

const learnt = new WeakMap<readonly RiskExample[], Promise<RiskJudges>>();

/** Learns from the examples of all languages; from the same array once. */
export function learnFromExamples(lessons: Lessons): Promise<RiskJudges> {
  const known = learnt.get(lessons.examples);
  if (known) return known;
  const learning = learn(lessons);
  learnt.set(lessons.examples, learning);
  return learning;
}

async function learn(lessons: Lessons): Promise<RiskJudges> {
  const judges = new Map<string, RiskJudge>();
  for (const language of new Set(lessons.examples.map((example) => example.language))) {
    const judge = await judgeOf(language, lessons);
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

/** The judge of a language: the stored one if it was learnt from the same, else a new one, which is stored. */
async function judgeOf(
  language: string,
  { examples, rulesKey, raisesRule, findGroups, files, nextTurn }: Lessons,
): Promise<RiskJudge | null> {
  const own = examples.filter((example) => example.language === language);
  const name = `${language}.dangers`;
  const key = files ? judgeKey(rulesKey, own) : "";
  const stored = await readLearnt(files, name, (file) => decodeJudge(key, file));
  if (stored) return new RiskJudge(stored, findGroups(language));
  const clear = await withoutDoubtful(own, raisesRule, nextTurn);
  const judge = await RiskJudge.learn(clear, findGroups(language), nextTurn);
  if (judge) void files?.write(name, encodeJudge(key, judge.snapshot));
  return judge;
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
