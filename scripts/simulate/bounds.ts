import { atRank, rank, type Summary, sum } from "./statistics.ts";

/** One question as a scheduler sees it; times in any one unit. */
export interface Job {
  arrivesAt: number;
  /** How long its call to the model takes. */
  duration: number;
  /** Who asks: the questions of one person are answered one after the other. */
  person: number;
}

/** Response times that no scheduler can beat, even if it knew every duration beforehand. */
export type ClairvoyantBound = Pick<Summary, "mean" | "p95" | "last">;

/**
 * The response times, in the order of the jobs, of a bot that costs nothing and serves whoever has been ready longest:
 * a question is ready when it has arrived and the person's question before it is answered.
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
 * Lower bounds on what any scheduler over so many slots can reach. Each is the best of several that hold separately;
 * an order between the questions of one person is left out, which only lowers them.
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
 * The mean response: each takes its own time at least; shortest first is best when all are there at once (Conway,
 * Maxwell, Miller 1967), and letting the late ones be there from the start helps only; and one slot as fast as all
 * together, always at the shortest remainder (Schrage 1968), beats them.
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

/** The mean response of one slot that works `speed` times as fast, always on what has least left. */
function shortestRemainderMean(jobs: readonly Job[], speed: number): number {
  const arriving = jobs.toSorted((a, b) => a.arrivesAt - b.arrivesAt);
  /** What is left of those that are there, the least at the end. */
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

/** The least time in which the slots can be through with all: work, and the pigeonhole on the longest. */
function leastMakespan(durations: readonly number[], slots: number): number {
  const longestFirst = durations.toSorted((a, b) => b - a);
  let bound = Math.max(sum(durations) / slots, longestFirst[0] ?? 0);
  // Of the longest `together × slots + 1`, one slot gets `together + 1` at least: the least of them, at best.
  for (let together = 1; together * slots < longestFirst.length; together += 1) {
    const last = together * slots;
    bound = Math.max(bound, sum(longestFirst.slice(last - together, last + 1)));
  }
  return bound;
}

/** The longest response is at least what the slots need for all that arrives in a stretch, less the stretch. */
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
