import type { PhaseResult, ScenarioResult } from "../scenario.ts";
import { type ClairvoyantBound, clairvoyantBound, firstComeFirstServed, type Job } from "./bounds.ts";
import { type Summary, sum, summarize } from "./statistics.ts";

/** The figures of one crowd. Times are in milliseconds at true speed. */
export interface PhaseFigures {
  label: string;
  people: number;
  questions: number;
  /** Response times from the question at Telegram to its answer in the chat; null when nothing was answered. */
  ours: (Summary & { first: number }) | null;
  firstWordMeanMs: number | null;
  /** Response times of a bot without overhead, first come, first served, with the same latencies. */
  firstCome: Summary | null;
  /** Response times that no scheduler can beat. */
  clairvoyant: ClairvoyantBound | null;
  /** The ratio of ours to these; null when a question was left unanswered. */
  overFirstCome: ClairvoyantBound | null;
  overClairvoyant: ClairvoyantBound | null;
  /** Additional memory per person at its peak; null where it cannot be measured. */
  bytesPerPerson: number | null;
}

/** The figures of every crowd of a scenario. @param speed converts measured times to true speed. */
export function figuresOf({ phases, slots }: ScenarioResult, speed: number): PhaseFigures[] {
  return phases.map((phase) => phaseFigures(phase, slots, speed));
}

/** The questions of a crowd as jobs for the bounds, at true speed. */
export function jobsOf({ asked, startedAt }: PhaseResult, speed: number): Job[] {
  return asked.map(({ askedAt, latencyMs, userId }) => ({
    arrivesAt: (askedAt - startedAt) * speed,
    duration: latencyMs,
    person: userId,
  }));
}

/** The response times of the answered questions of a crowd, at true speed. */
export function responsesOf({ asked }: PhaseResult, speed: number): number[] {
  return asked.flatMap(({ askedAt, answeredAt }) =>
    answeredAt === undefined ? [] : [(answeredAt - askedAt) * speed],
  );
}

function phaseFigures(phase: PhaseResult, slots: number, speed: number): PhaseFigures {
  const { label, people, asked, memory } = phase;
  const responses = responsesOf(phase, speed);
  const summary = summarize(responses);
  const jobs = jobsOf(phase, speed);
  const firstCome = summarize(firstComeFirstServed(jobs, slots));
  const clairvoyant = jobs.length > 0 ? clairvoyantBound(jobs, slots) : null;
  const whole = responses.length === asked.length ? summary : null;
  const firstWords = asked.flatMap(({ askedAt, firstWordAt }) =>
    firstWordAt === undefined ? [] : [(firstWordAt - askedAt) * speed],
  );
  return {
    label,
    people,
    questions: asked.length,
    ours: summary && { ...summary, first: Math.min(...responses) },
    firstWordMeanMs: firstWords.length === 0 ? null : sum(firstWords) / firstWords.length,
    firstCome,
    clairvoyant,
    overFirstCome: over(whole, firstCome),
    overClairvoyant: over(whole, clairvoyant),
    bytesPerPerson: memory && people > 0 ? (memory.peakBytes - memory.idleBytes) / people : null,
  };
}

function over(ours: Summary | null, bound: ClairvoyantBound | null): ClairvoyantBound | null {
  if (!ours || !bound) return null;
  return { mean: ours.mean / bound.mean, p95: ours.p95 / bound.p95, last: ours.last / bound.last };
}
