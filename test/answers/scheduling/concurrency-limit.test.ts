import { expect } from "chai";
import { ConcurrencyLimit } from "../../../lib/answers/scheduling/concurrency-limit.ts";

describe("the limit of calls in flight", () => {
  let now: number;
  beforeEach(() => {
    now = 1_000;
  });
  const open = (maximum: number) => new ConcurrencyLimit(maximum, () => now);

  it("halves when the model refuses, once for all calls that were under way together", () => {
    const limit = open(8);
    for (let refused = 0; refused < 8; refused += 1) limit.overloaded(900);
    expect(limit.current()).to.equal(4);
    now = 2_000;
    limit.overloaded(1_500);
    expect(limit.current()).to.equal(2);
  });

  it("never falls below one, nor rises above the operator's maximum", () => {
    const limit = open(3);
    for (let refused = 0; refused < 5; refused += 1) {
      now += 10;
      limit.overloaded(now - 1);
    }
    expect(limit.current()).to.equal(1);
    for (let answered = 0; answered < 100; answered += 1) limit.succeeded();
    expect(limit.current()).to.equal(3);
  });

  it("rises by one for a round of answered calls", () => {
    const limit = open(8);
    limit.overloaded(999);
    const course: number[] = [];
    for (let answered = 0; answered < 9; answered += 1) {
      limit.succeeded();
      course.push(limit.current());
    }
    expect(course).to.deep.equal([4, 4, 4, 5, 5, 5, 5, 5, 6]);
  });
});
