import { expect } from "chai";
import { createBatcher } from "../../lib/core/index.ts";

describe("createBatcher", () => {
  it("flushes the items of one tick together, in order, and returns each caller its own result", async () => {
    const batches: number[][] = [];
    const add = createBatcher<number, number>(
      async (items) => {
        batches.push(items);
        return items.map((item) => item * 10);
      },
      { maxSize: 100 },
    );
    expect(await Promise.all([add(1), add(2), add(3)])).to.deep.equal([10, 20, 30]);
    expect(batches).to.deep.equal([[1, 2, 3]]);
  });

  it("collects what arrives during a flush into the next one", async () => {
    const batches: number[][] = [];
    const gates: (() => void)[] = [];
    const add = createBatcher<number, void>(
      async (items) => {
        batches.push(items);
        await new Promise<void>((resolve) => gates.push(resolve));
        return [];
      },
      { maxSize: 2 },
    );
    const first = add(1);
    await new Promise((resolve) => setImmediate(resolve));
    const rest = Promise.all([add(2), add(3), add(4)]);
    while (gates.length > 0 || batches.length < 3) {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    gates.shift()?.();
    await Promise.all([first, rest]);
    expect(batches).to.deep.equal([[1], [2, 3], [4]]);
  });

  it("fails the callers of a failed batch and goes on with the next", async () => {
    let fail = true;
    const add = createBatcher<number, number>(
      async (items) => {
        if (fail) throw new Error("away");
        return items;
      },
      { maxSize: 10 },
    );
    const outcomes = await Promise.allSettled([add(1), add(2)]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
    fail = false;
    expect(await add(3)).to.equal(3);
  });
});
