import type { Findings } from "./library-search.ts";

/** How sure the library is: its best page answers the question, one of its best three does, or none. */
export type Verdict = "sure" | "unsure" | "nothing";

/**
 * The least probability that the best page is right for it to be shown as the answer. A wrong page costs more than a
 * choice: on the tuning set 4 % of the questions get one here, and 6 % of those that no page answers get any.
 */
const SURE = 0.7;
/** The least probability that one of the best three pages is right for them to be offered. */
const WORTH_A_CHOICE = 0.2;

/** The least probability that a section about an emergency is right for it to be shown before everything else. */
const URGENT = 0.4;
/** A question at least as urgent as this is offered the likeliest emergency first when it is not answered. */
const SOUNDS_URGENT = 3;

/** A question of a word or two may mean anything; beyond this many, more words make nothing surer. */
const MANY_WORDS = 12;

/** An example question this near to the question, and no other page near it, is the same question in other words. */
const SAME_QUESTION = 0.85;

/**
 * Logistic regressions over `signalsOf`, fitted by `npm run eval -- --fit` on `content/evaluation/tune.yaml`, with all,
 * half and none of the example questions, so that they hold for a library without any as well; the last one on quarters
 * of the example questions, over a library without that quarter and without any signs.
 */
export interface GateWeights {
  bestIsRight: readonly number[];
  oneOfThreeIsRight: readonly number[];
  /**
   * The same two where the meaning was searched, too. Fitted with the stand-in for an embedding model, which knows less
   * than a real one.
   */
  withMeaning: { bestIsRight: readonly number[]; oneOfThreeIsRight: readonly number[] };
  /** Over `urgentSignalsOf`: the question is about an emergency and the first passage about one is of the right page. */
  urgentIsRight: readonly number[];
}

/** What `npm run eval -- --fit` gives; the sample content and the set decide alone, so it gives the same each time. */
export const GATE_WEIGHTS: GateWeights = {
  bestIsRight: [-15.979, 11.78, 0.052, 0.034, 3.397, -4.708, 2.613, 4.004],
  oneOfThreeIsRight: [-19.579, 15.704, -0.063, 0.064, 4.53, -5.308, 3.191, 5.128],
  withMeaning: {
    bestIsRight: [-14.374, 10.742, 0.001, 0.05, 3.229, -3.541, 1.804, 3.88, -8.903, 4.883, 7.138],
    oneOfThreeIsRight: [-16.712, 12.376, -0.064, 0.067, 4.488, -3.975, 2.436, 4.396, -5.481, 1.079, 7.211],
  },
  urgentIsRight: [-3.065, 0.154, 0.065, 0.342, -5.201, 1.149],
};

/**
 * What the gate decides by: a constant, how near the best page, the next one and "no page" are, and where the meaning was
 * searched, how much the question means the best page, and more than another one or none.
 */
export function signalsOf({ pages, none, coverage, words, meaning }: Findings): number[] {
  const [best, next] = pages;
  if (!best) return [];
  const meant = meaning?.get(best.pageId) ?? 0;
  const otherMeant = Math.max(...pages.slice(1).map(({ pageId }) => meaning?.get(pageId) ?? 0), 0);
  return [
    1,
    best.likelihood,
    best.score - (next?.score ?? 0),
    best.score - none.score,
    best.nearest,
    none.nearest,
    coverage,
    Math.log1p(Math.min(words, MANY_WORDS)),
    ...(meaning === null ? [] : [meant, meant - otherMeant, meant - (meaning.get(null) ?? 0)]),
  ];
}

/** What the gate knows an emergency by that a question has no signs of. */
export function urgentSignalsOf({ pages, urgent, urgency, words }: Findings): number[] {
  const [first] = urgent;
  const [best] = pages;
  if (!first || !best) return [];
  const next = urgent.find(({ passage }) => passage.pageId !== first.passage.pageId);
  return [
    1,
    urgency,
    first.score - (next?.score ?? 0),
    best.pageId === first.passage.pageId ? 1 : 0,
    best.likelihood,
    Math.log1p(Math.min(words, MANY_WORDS)),
  ];
}

/** How a question is related to the first of the passages about emergencies. */
export type Urgency = "is-urgent" | "sounds-urgent" | "calm";

/** Judges whether a question is about an emergency: it has its signs, or it resembles messages about it. */
export function judgeUrgency(findings: Findings): Urgency {
  const [first] = findings.urgent;
  if (!first) return "calm";
  if (first.hasSigns || probability(GATE_WEIGHTS.urgentIsRight, urgentSignalsOf(findings)) >= URGENT)
    return "is-urgent";
  return findings.urgency >= SOUNDS_URGENT ? "sounds-urgent" : "calm";
}

export interface Judgement {
  verdict: Verdict;
  /** The probability that the best page is right. */
  confidence: number;
}

/** Judges what was found. */
export function judge(findings: Findings): Judgement {
  const signals = signalsOf(findings);
  const [best] = findings.pages;
  if (!best) return { verdict: "nothing", confidence: 0 };
  const weights = findings.meaning === null ? GATE_WEIGHTS : GATE_WEIGHTS.withMeaning;
  const confidence = probability(weights.bestIsRight, signals);
  if (best.nearest >= SAME_QUESTION && findings.none.nearest < best.nearest)
    return { verdict: "sure", confidence };
  if (findings.named !== null || confidence >= SURE) return { verdict: "sure", confidence };
  const isWorthAChoice = probability(weights.oneOfThreeIsRight, signals) >= WORTH_A_CHOICE;
  return { verdict: isWorthAChoice ? "unsure" : "nothing", confidence };
}

function probability(weights: readonly number[], signals: readonly number[]): number {
  const sum = weights.reduce((total, weight, at) => total + weight * (signals[at] ?? 0), 0);
  return 1 / (1 + Math.exp(-sum));
}
