import { expect } from "chai";
import { seededRandom } from "../../scripts/simulate/random.ts";
import { clairvoyantBound, firstComeFirstServed, type Job } from "../../scripts/simulate/report/bounds.ts";
import { rank, type Summary, summarize } from "../../scripts/simulate/report/statistics.ts";

/** The responses of every schedule: every order of starting the jobs, on every choice of slots. */
function* everySchedule(jobs: readonly Job[], slots: number): Generator<number[]> {
  const responses: number[] = jobs.map(() => Number.NaN);
  function* place(left: readonly number[], freeAt: readonly number[]): Generator<number[]> {
    if (left.length === 0) yield [...responses];
    for (const index of left) {
      const { arrivesAt, duration } = jobs[index] as Job;
      for (const [slot, free] of freeAt.entries()) {
        const endsAt = Math.max(arrivesAt, free) + duration;
        responses[index] = endsAt - arrivesAt;
        yield* place(
          left.filter((other) => other !== index),
          freeAt.with(slot, endsAt),
        );
      }
    }
  }
  yield* place(
    jobs.map((_, index) => index),
    Array.from({ length: slots }, () => 0),
  );
}

function bestOf(jobs: readonly Job[], slots: number): { mean: number; p95: number; last: number } {
  const best = { mean: Infinity, p95: Infinity, last: Infinity };
  for (const responses of everySchedule(jobs, slots)) {
    const { mean, p95, last } = summarize(responses) as Summary;
    best.mean = Math.min(best.mean, mean);
    best.p95 = Math.min(best.p95, p95);
    best.last = Math.min(best.last, last);
  }
  return best;
}

function drawJobs(random: () => number, count: number, spread: number): Job[] {
  return Array.from({ length: count }, (_, person) => ({
    arrivesAt: Math.floor(random() * spread),
    duration: 1 + Math.floor(random() * 9),
    person,
  }));
}

const burst = (...durations: number[]): Job[] =>
  durations.map((duration, person) => ({ arrivesAt: 0, duration, person }));

describe("the bounds that a simulation is compared with", () => {
  it("serve in order of arrival, each question at the first free slot", () => {
    expect(firstComeFirstServed(burst(4, 2, 3, 1), 2)).to.deep.equal([4, 2, 5, 5]);
    expect(firstComeFirstServed(burst(4, 2, 3, 1), 1)).to.deep.equal([4, 6, 9, 10]);
  });

  it("start a person's second question after the first is answered, and let others go first meanwhile", () => {
    const jobs = [
      { arrivesAt: 0, duration: 5, person: 1 },
      { arrivesAt: 1, duration: 2, person: 1 },
      { arrivesAt: 2, duration: 3, person: 2 },
    ];
    expect(firstComeFirstServed(jobs, 2)).to.deep.equal([5, 6, 3]);
  });

  it("are never above the best of all schedules", () => {
    const random = seededRandom(7);
    for (let round = 0; round < 60; round += 1) {
      const slots = 1 + (round % 3);
      const jobs = drawJobs(random, slots === 3 ? 4 : 5, round % 2 === 0 ? 1 : 12);
      const best = bestOf(jobs, slots);
      const bound = clairvoyantBound(jobs, slots);
      for (const figure of ["mean", "p95", "last"] as const)
        expect(bound[figure], `${figure} of ${JSON.stringify(jobs)}`).to.be.at.most(best[figure] + 1e-9);
    }
  });

  it("equal the best mean when all arrive at once, and the best last answer of one slot", () => {
    const random = seededRandom(11);
    for (let round = 0; round < 20; round += 1) {
      const slots = 1 + (round % 2);
      const jobs = drawJobs(random, 5, 1);
      const best = bestOf(jobs, slots);
      expect(clairvoyantBound(jobs, slots).mean).to.be.closeTo(best.mean, 1e-9);
      if (slots === 1) expect(clairvoyantBound(jobs, slots).last).to.be.closeTo(best.last, 1e-9);
    }
  });

  it("take into account that two of three long calls share one of two slots", () => {
    expect(clairvoyantBound(burst(10, 10, 10, 1), 2).last).to.equal(20);
  });

  it("count a quantile by nearest rank", () => {
    expect([5, 10, 20, 50].map((count) => rank(count, 0.95))).to.deep.equal([5, 10, 19, 48]);
    expect(summarize([3, 1, 2])).to.deep.equal({ mean: 2, p50: 2, p95: 3, last: 3 });
    expect(summarize([])).to.equal(null);
  });
});
