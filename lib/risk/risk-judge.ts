import { riskWords } from "./phrases/index.ts";
import { FEATURE_COUNT, type FoundGroup, featuresOf } from "./risk-features.ts";

/** A message that is known to raise a rule, or none. */
export interface RiskExample {
  language: string;
  /** Null for an everyday message. */
  rule: string | null;
  message: string;
  /** The page whose example question it is. */
  page?: string;
}

/** How sure the judge is of a danger, and the likeliest rule. */
export interface Suspicion {
  rule: string;
  /** The logarithm of the odds that the message is a danger. */
  logOdds: number;
}

/** Everything a judge knows, as it is stored. */
export interface JudgeSnapshot {
  /** Null, for the everyday messages, and each rule. */
  classes: readonly (string | null)[];
  /** The words of each example. */
  known: readonly string[];
  /** Every word of the examples once. */
  words: readonly string[];
  /** The class of each example. */
  labels: readonly number[];
  /** For each class, one number for each feature. */
  weights: Float32Array;
  /** For each class one. */
  biases: Float32Array;
}

/** The word groups that a message has words of, in the order of the message. */
export type FindGroups = (message: string) => readonly FoundGroup[];

/** Shorter messages say too little: "saying no", "you alive?". */
const FEWEST_WORDS = 3;
const EPOCHS = 6;
const RATE = 0.3;
const DECAY = 5e-4;
/** The step width that AdaGrad begins with. */
const FIRST_SQUARES = 1e-2;
/** How many examples are learnt before the event loop gets its turn. */
const SLICE = 40;

/**
 * Learns from examples what dangers sound like: multinomial logistic regression over hashed features, trained by AdaGrad.
 * It hears what the phrases of the rules do not have, at the cost of being wrong now and then.
 */
export class RiskJudge {
  readonly snapshot: JudgeSnapshot;
  /** The examples' classes by their words: a message with the same words is judged as the example is. */
  readonly #known: ReadonlyMap<string, number>;
  readonly #words: ReadonlySet<string>;
  readonly #groupsIn: FindGroups;

  /** @param groupsIn finds the word groups of the examples' language */
  constructor(snapshot: JudgeSnapshot, groupsIn: FindGroups) {
    this.snapshot = snapshot;
    this.#groupsIn = groupsIn;
    this.#known = new Map(snapshot.known.map((words, index) => [words, snapshot.labels[index] ?? 0]));
    this.#words = new Set(snapshot.words);
  }

  /**
   * @param groupsIn finds the word groups of the examples' language
   * @param nextTurn is awaited between slices of the work
   * @returns null where the examples have no danger, or nothing but dangers
   */
  static async learn(
    examples: readonly RiskExample[],
    groupsIn: FindGroups,
    nextTurn: () => Promise<void>,
  ): Promise<RiskJudge | null> {
    const classes = [null, ...new Set(examples.flatMap(({ rule }) => (rule === null ? [] : [rule])))];
    if (classes.length < 2 || examples.every(({ rule }) => rule !== null)) return null;
    const known = examples.map(({ message }) => wordsAsKey(message));
    const snapshot: JudgeSnapshot = {
      classes,
      known,
      words: [...new Set(known.flatMap((words) => words.split(" ")))],
      labels: examples.map(({ rule }) => classes.indexOf(rule)),
      weights: new Float32Array(classes.length * FEATURE_COUNT),
      biases: new Float32Array(classes.length),
    };
    const judge = new RiskJudge(snapshot, groupsIn);
    const read = [];
    for (const [index, { rule, message }] of examples.entries()) {
      read.push({ features: judge.#featuresOf(message), label: classes.indexOf(rule) });
      if (index % SLICE === 0) await nextTurn();
    }
    const squares = new Float32Array(judge.snapshot.weights.length).fill(FIRST_SQUARES);
    const random = createRandom();
    for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
      shuffle(read, random);
      for (const [index, { features, label }] of read.entries()) {
        judge.#learnOne(features, label, squares);
        if (index % SLICE === 0) await nextTurn();
      }
    }
    return judge;
  }

  /** The share of a message's words that an example has, 0 to 1: it is highest in the message's language. */
  knownShare(message: string): number {
    const words = riskWords(message);
    return words.filter((word) => this.#words.has(word)).length / Math.max(1, words.length);
  }

  /** The rule of the example that the message is equal to; undefined where there is none. */
  recall(message: string): string | null | undefined {
    const label = this.#known.get(wordsAsKey(message));
    return label === undefined ? undefined : (this.snapshot.classes[label] ?? null);
  }

  /** Null for a message too short to be judged by more than its phrases. */
  suspect(message: string): Suspicion | null {
    if (riskWords(message).length < FEWEST_WORDS) return null;
    const chances = this.#chances(this.#featuresOf(message));
    const harmless = Math.max(chances[0] ?? 0, 1e-9);
    let best = 1;
    for (let at = 2; at < chances.length; at += 1) if ((chances[at] ?? 0) > (chances[best] ?? 0)) best = at;
    return {
      rule: this.snapshot.classes[best] ?? "",
      logOdds: Math.log(Math.max(1 - harmless, 1e-9) / harmless),
    };
  }

  #featuresOf(message: string): Int32Array {
    return featuresOf(message, this.#groupsIn(message));
  }

  #learnOne(features: Int32Array, label: number, squares: Float32Array): void {
    const { weights, biases } = this.snapshot;
    const scale = 1 / Math.sqrt(Math.max(1, features.length));
    const chances = this.#chances(features);
    for (let number = 0; number < chances.length; number += 1) {
      const error = (chances[number] ?? 0) - (number === label ? 1 : 0);
      if (Math.abs(error) < 1e-4) continue;
      biases[number] = (biases[number] ?? 0) - 0.02 * error;
      const from = number * FEATURE_COUNT;
      for (const feature of features) {
        const at = from + feature;
        const weight = weights[at] ?? 0;
        const gradient = error * scale + DECAY * weight;
        const square = (squares[at] ?? 0) + gradient * gradient;
        squares[at] = square;
        weights[at] = weight - (RATE * gradient) / Math.sqrt(square);
      }
    }
  }

  /** The probability of each class. */
  #chances(features: Int32Array): Float64Array {
    const { classes, weights, biases } = this.snapshot;
    const scale = 1 / Math.sqrt(Math.max(1, features.length));
    const chances = new Float64Array(classes.length);
    let total = 0;
    for (let number = 0; number < chances.length; number += 1) {
      const from = number * FEATURE_COUNT;
      let sum = 0;
      for (const feature of features) sum += weights[from + feature] ?? 0;
      const chance = Math.exp(Math.min(50, sum * scale + (biases[number] ?? 0)));
      chances[number] = chance;
      total += chance;
    }
    return chances.map((chance) => chance / total);
  }
}

function wordsAsKey(message: string): string {
  return riskWords(message).join(" ");
}

/** The same order at each start, so that the same content always judges alike (a linear congruential generator). */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffle(items: unknown[], random: () => number): void {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const [one, two] = [items[at], items[other]];
    [items[at], items[other]] = [two, one];
  }
}
