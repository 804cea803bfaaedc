import { atRank, rank, type Summary, sum } from "./statistics.ts";

/** A question as a scheduler sees it; all times have the same unit. */
export interface Job {
  arrivesAt: number;
  /** The duration of its call to the model. */
  duration: number;
  /** The person who asks; questions of one person are answered one after the other. */
  person: number;
}

/** Response times that no scheduler can beat, even if it knew every duration beforehand. */
export type ClairvoyantBound = Pick<Summary, "mean" | "p95" | "last">;

/**
 * The response times, in the order of the jobs, of a bot without overhead that serves the question that has been ready
 * longest. A question is ready when it has arrived and the person's previous question is answered.
 */
export function firstComeFirstServed(jobs: readonly Job[], slots: number): number[] {
  const responses = jobs.map(() => 0);
  const freeAt = Array.from({ length: slots }, () => Number.NEGATIVE_INFINITY);
  const waiting = new Map<number, { index: number; job: Job }[]>();
  for (const [index, job] of jobs.entries())
    waiting.set(job.person, [...(waiting.get(job.person) ?? []), { index, job }]);
  const heads = [...waiting.values()].flatMap((own) => {
    own.sort((a, b) => a.job.arrivesAt - b.job.arrivesAt || a.index - b.index);
    const [first] = own;
    return first ? [{ own, place: 0, readyAt: first.job.arrivesAt }] : [];
  });
  for (let left = jobs.length; left > 0; left -= 1) {
    const head = heads.reduce((best, other) => (other.readyAt < best.readyAt ? other : best));
    const { index, job } = head.own[head.place] as { index: number; job: Job };
    const slot = freeAt.indexOf(Math.min(...freeAt));
    const endsAt = Math.max(head.readyAt, freeAt[slot] ?? 0) + job.duration;
    freeAt[slot] = endsAt;
    responses[index] = endsAt - job.arrivesAt;
    head.place += 1;
    const next = head.own[head.place];
    head.readyAt = next ? Math.max(next.job.arrivesAt, endsAt) : Number.POSITIVE_INFINITY;
  }
  return responses;
}

/**
 * Lower bounds on the response times of any scheduler. Each is the maximum of several bounds. They ignore the order of
 * the questions of one person, which only lowers them.
 */
export function clairvoyantBound(jobs: readonly Job[], slots: number): ClairvoyantBound {
  const durations = jobs.map(({ duration }) => duration).toSorted((a, b) => a - b);
  const arrivals = jobs.map(({ arrivesAt }) => arrivesAt);
  const spread = Math.max(...arrivals) - Math.min(...arrivals);
  const within = (quantile: number): number => {
    const fewest = durations.slice(0, rank(jobs.length, quantile));
    return Math.max(atRank(durations, quantile), leastMakespan(fewest, slots) - spread);
  };
  return {
    mean: leastMean(jobs, durations, slots),
    p95: within(0.95),
    last: Math.max(within(1), busiestStretch(jobs, slots)),
  };
}

/**
 * A lower bound on the mean response, the maximum of three: the mean duration; shortest first as if all had arrived at
 * the start, which is optimal then (Conway, Maxwell, Miller 1967); and one slot as fast as all together that always works
 * on the shortest remainder (Schrage 1968).
 */
function leastMean(jobs: readonly Job[], durations: readonly number[], slots: number): number {
  const shortestFirst = firstComeFirstServed(
    durations.map((duration, person) => ({ arrivesAt: 0, duration, person })),
    slots,
  );
  const arrivals = jobs.map(({ arrivesAt }) => arrivesAt);
  const lateness = sum(arrivals) / jobs.length - Math.min(...arrivals);
  return Math.max(
    sum(durations) / jobs.length,
    sum(shortestFirst) / jobs.length - lateness,
    shortestRemainderMean(jobs, slots),
  );
}

/** The mean response of one slot that is `speed` times as fast and always works on the shortest remainder. */
function shortestRemainderMean(jobs: readonly Job[], speed: number): number {
  const arriving = jobs.toSorted((a, b) => a.arrivesAt - b.arrivesAt);
  /** The remainders of the jobs that have arrived, the shortest last. */
  const left: number[] = [];
  let now = arriving[0]?.arrivesAt ?? 0;
  let ends = 0;
  for (let next = 0; next < arriving.length || left.length > 0; ) {
    const arrivesAt = arriving[next]?.arrivesAt ?? Number.POSITIVE_INFINITY;
    const least = left.at(-1);
    if (least !== undefined && now + least <= arrivesAt) {
      left.pop();
      now += least;
      ends += now;
      continue;
    }
    if (least !== undefined) left[left.length - 1] = least - (arrivesAt - now);
    now = arrivesAt;
    const work = (arriving[next]?.duration ?? 0) / speed;
    const at = left.findIndex((other) => other < work);
    left.splice(at < 0 ? left.length : at, 0, work);
    next += 1;
  }
  return (ends - sum(jobs.map(({ arrivesAt }) => arrivesAt))) / jobs.length;
}

/** A lower bound on the time to finish all jobs: the total work, and the pigeonhole principle on the longest jobs. */
function leastMakespan(durations: readonly number[], slots: number): number {
  const longestFirst = durations.toSorted((a, b) => b - a);
  let bound = Math.max(sum(durations) / slots, longestFirst[0] ?? 0);
  // Of the longest `together × slots + 1` jobs, one slot gets at least `together + 1`: at best the shortest of them.
  for (let together = 1; together * slots < longestFirst.length; together += 1) {
    const last = together * slots;
    bound = Math.max(bound, sum(longestFirst.slice(last - together, last + 1)));
  }
  return bound;
}

/** A lower bound on the longest response: for any interval, the time for its work less the length of the interval. */
function busiestStretch(jobs: readonly Job[], slots: number): number {
  const arriving = jobs.toSorted((a, b) => a.arrivesAt - b.arrivesAt);
  let bound = 0;
  for (const [from, first] of arriving.entries()) {
    let work = 0;
    for (const { arrivesAt, duration } of arriving.slice(from)) {
      work += duration;
      bound = Math.max(bound, first.arrivesAt + work / slots - arrivesAt);
    }
  }
  return bound;
}
