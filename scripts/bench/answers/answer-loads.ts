import type { Answers } from "../../../lib/answers/index.ts";
import { drawExponential, drawLatencyMs } from "../../simulate/latency.ts";
import type { Job } from "../../simulate/report/bounds.ts";

/** Concurrent calls: the default of GEMINI_MAX_CONCURRENT. */
export const SLOTS = 8;

/** Latencies of calls, as measured for a flash model's short answers. */
export const LATENCY = { meanMs: 2_100, cv: 0.3 };

/** The person who floods; the others are numbered from 0. */
const FLOODER = -1;

/** People who ask one question each at the same time. */
export function burst(people: number, random: () => number): Job[] {
  return Array.from({ length: people }, (_, person) => ({
    arrivesAt: 0,
    duration: drawLatencyMs(random, LATENCY),
    person,
  }));
}

/** People who ask one question each at random times. @param load the share of time that the slots are busy. */
export function crowd(people: number, load: number, random: () => number): Job[] {
  let arrivesAt = 0;
  return Array.from({ length: people }, (_, person) => {
    arrivesAt += drawExponential(random, LATENCY.meanMs / SLOTS / load);
    return { arrivesAt, duration: drawLatencyMs(random, LATENCY), person };
  });
}

/** One person who sends questions evenly over a time in milliseconds. */
export function flood(questions: number, fromMs: number, overMs: number, random: () => number): Job[] {
  return Array.from({ length: questions }, (_, index) => ({
    arrivesAt: fromMs + (index * overMs) / questions,
    duration: drawLatencyMs(random, LATENCY),
    person: FLOODER,
  }));
}

/**
 * Asks all questions at their times, those of one person one after the other, as the inbox does.
 * @returns the response times of the first `awaited` questions, in milliseconds at true speed.
 */
export async function askAll(
  jobs: readonly Job[],
  awaited: number,
  answers: Pick<Answers, "answer">,
  { now, sleep }: { now(): number; sleep(ms: number): Promise<void> },
): Promise<number[]> {
  const responses = jobs.map(() => Number.NaN);
  const before = new Map<number, Promise<void>>();
  const ask = async (index: number, { arrivesAt }: Job): Promise<void> => {
    if (arrivesAt > now()) await sleep(arrivesAt - now());
    const answer = await answers.answer({
      text: `Question ${index}`,
      language: "en",
      history: [],
      signal: new AbortController().signal,
    });
    if (answer.kind !== "answer") {
      const why = "why" in answer ? ` (${answer.why})` : "";
      throw new Error(`Question ${index} was not answered: ${answer.kind}${why}`);
    }
    responses[index] = now() - arrivesAt;
  };
  const all = jobs.map((job, index) => {
    const previous = before.get(job.person);
    const asking = (async () => {
      await previous;
      await ask(index, job);
    })();
    before.set(job.person, asking);
    return asking;
  });
  for (const rest of all.slice(awaited)) rest.catch(() => {}); // ends when the bot is stopped
  await Promise.all(all.slice(0, awaited));
  return responses;
}
