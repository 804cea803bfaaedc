import { drawExponential, drawLatencyMs, type LatencyDistribution } from "./latency.ts";
import { seededRandom } from "./random.ts";

/** A question that a person will ask, with all random values drawn in advance. Times are at true speed. */
export interface PlannedQuestion {
  /** Unique in a run; its text and its answer contain it. */
  id: string;
  text: string;
  /** The model's latency. */
  latencyMs: number;
  /** The time the person thinks before it. */
  pauseMs: number;
  /** Whether the person waits for the answer to the previous question. */
  waits: boolean;
}

export interface PlannedPerson {
  userId: number;
  arrivesAtMs: number;
  questions: readonly PlannedQuestion[];
}

export interface BurstPlan {
  people: number;
  firstUserId: number;
  latency: LatencyDistribution;
  seed: number;
}

export interface LoadPlan {
  users: number;
  seconds: number;
  /** People who arrive per second, on average. */
  rate: number;
  firstUserId: number;
  latency: LatencyDistribution;
  seed: number;
}

const MAX_QUESTIONS = 4;
const THINKING_MS = 5_000;
/** The share of questions that are asked before the previous one is answered. */
const IMPATIENT = 0.25;
const WRITING_MS = 1_000;
const TOPICS = ["condoms", "the pill", "an HIV test", "consent", "period pain", "emergency contraception"];

/** People who all ask one question at the same time. The same seed gives the same latencies. */
export function planBurst({ people, firstUserId, latency, seed }: BurstPlan): PlannedPerson[] {
  const random = seededRandom(seed * 1_000 + people);
  return Array.from({ length: people }, (_, index) => ({
    userId: firstUserId + index,
    arrivesAtMs: 0,
    questions: [drawn(`u${firstUserId + index}-1`, index, drawLatencyMs(random, latency), 0, true)],
  }));
}

/** People who arrive at random (Poisson), ask one to four questions each, and think in between. */
export function planLoad(plan: LoadPlan): PlannedPerson[] {
  const random = seededRandom(plan.seed);
  const people: PlannedPerson[] = [];
  let arrivesAtMs = 0;
  for (let index = 0; index < plan.users; index += 1) {
    arrivesAtMs += drawExponential(random, 1_000 / plan.rate);
    if (arrivesAtMs >= plan.seconds * 1_000) break;
    const count = 1 + Math.floor(random() * MAX_QUESTIONS);
    const questions = Array.from({ length: count }, (_, place) => {
      const waits = place === 0 || random() >= IMPATIENT;
      const pauseMs = place === 0 ? 0 : drawExponential(random, waits ? THINKING_MS : WRITING_MS);
      const id = `u${plan.firstUserId + index}-${place + 1}`;
      return drawn(id, index + place, drawLatencyMs(random, plan.latency), pauseMs, waits);
    });
    people.push({ userId: plan.firstUserId + index, arrivesAtMs, questions });
  }
  return people;
}

function drawn(
  id: string,
  topic: number,
  latencyMs: number,
  pauseMs: number,
  waits: boolean,
): PlannedQuestion {
  const text = `Question ${id}: what should I know about ${TOPICS[topic % TOPICS.length]}?`;
  return { id, text, latencyMs, pauseMs, waits };
}

/** The answer of the simulated model, long enough to be streamed. */
export function answerTo(question: string): string {
  const id = /^Question ([\w-]+):/.exec(question)?.[1] ?? "none";
  const body = ["first", "second", "third", "fourth", "fifth", "last"]
    .map((which) => `This is the ${which} thing that our library says about it, in a few plain words. `)
    .join("");
  return `Answer ${id}. ${body}\n\nIf you are worried, talk to a **health professional**. [1]`;
}

/** The question that a whole or unfinished answer names; null when it names none. */
export function questionOf(answer: string): string | null {
  return /^Answer ([\w-]+)\./.exec(answer)?.[1] ?? null;
}

/** Whether a text is a complete answer of the simulated model. */
export function isWholeAnswer(text: string): boolean {
  return text.includes("talk to a health professional");
}

/** Whether a message only says that the answer takes a while (`wait` of the sample content). */
export function isWaitingMessage(text: string): boolean {
  return text.startsWith("Many people are asking") || text.startsWith("I'm still thinking");
}
