import { expect } from "chai";
import { gather } from "../../../lib/embedded-mongo/turns/flow.ts";
import { Turns } from "../../../lib/embedded-mongo/turns/turns.ts";

/** More than a slice. */
const LONG_MS = 8;

describe("the turns of the embedded MongoDB", () => {
  function* work(items: number, ms: number, seen: (item: number) => void): Iterable<number> {
    for (let item = 0; item < items; item += 1) {
      const until = performance.now() + ms;
      while (performance.now() < until);
      seen(item);
      yield item;
    }
  }

  it("let the rest of the process in once a slice is over", async () => {
    const log: string[] = [];
    setImmediate(() => log.push("the rest"));
    const done = gather(
      work(2, LONG_MS, (item) => log.push(`item ${item}`)),
      new Turns(),
    );
    expect(await done).to.deep.equal([0, 1]);
    expect(log).to.deep.equal(["item 0", "the rest", "item 1"]);
  });

  it("are taken by long commands one after the other", async () => {
    const turns = new Turns();
    const log: string[] = [];
    const command = (name: string): Promise<number[]> =>
      gather(
        work(3, LONG_MS, () => log.push(name)),
        turns,
      );
    await Promise.all([command("a"), command("b")]);
    expect(log).to.deep.equal(["a", "b", "a", "b", "a", "b"]);
  });
});
