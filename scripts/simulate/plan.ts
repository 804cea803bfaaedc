import { drawExponential, drawLatencyMs, type LatencyDistribution } from "./latency.ts";
import { seededRandom } from "./random.ts";

/** A question somebody will ask, with all that chance decides about it drawn beforehand. Times at true speed. */
export interface PlannedQuestion {
  /** Different for every question of a run; its text and answer name it. */
  id: string;
  text: string;
  /** How long the model takes over it. */
  latencyMs: number;
  /** How long the person thinks before it. */
  pauseMs: number;
  /** Whether the person waits for the answer to the question before. */
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
  /** How many people come a second, on average. */
  rate: number;
  firstUserId: number;
  latency: LatencyDistribution;
  seed: number;
}

const MAX_QUESTIONS = 4;
const THINKING_MS = 5_000;
/** So many go on writing before they have their answer. */
const IMPATIENT = 0.25;
const WRITING_MS = 1_000;
const TOPICS = ["condoms", "the pill", "an HIV test", "consent", "period pain", "emergency contraception"];

/** People who all ask one question at the same moment. The same seed gives each the same latency. */
export function planBurst({ people, firstUserId, latency, seed }: BurstPlan): PlannedPerson[] {
  const random = seededRandom(seed * 1_000 + people);
  return Array.from({ length: people }, (_, index) => ({
    userId: firstUserId + index,
    arrivesAtMs: 0,
    questions: [drawn(`u${firstUserId + index}-1`, index, drawLatencyMs(random, latency), 0, true)],
  }));
}

/** People who come by chance (Poisson), ask one to four questions each, and think in between. */
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

/** What the simulated model says; long enough to be streamed. */
export function answerTo(question: string): string {
  const id = /^Question ([\w-]+):/.exec(question)?.[1] ?? "none";
  const body = "This is what our library says about it, in a few words that anyone can understand. ";
  return `Answer ${id}. ${body.repeat(6)}\n\nIf you are worried, talk to a **health professional**. [1]`;
}

/** The question an answer is to, or a text that is still being written; null when it names none. */
export function questionOf(answer: string): string | null {
  return /^Answer ([\w-]+)\./.exec(answer)?.[1] ?? null;
}

/** Whether an answer of the simulated model stands there to its end, as people see it. */
export function isWholeAnswer(text: string): boolean {
  return text.includes("talk to a health professional");
}

/** Whether a message only says that the answer takes a while: `wait.place` of the sample content. */
export function isWaitingMessage(text: string): boolean {
  return text.startsWith("Many people are asking");
}
