import { getEventListeners } from "node:events";
import { expect } from "chai";
import { childOf } from "../../lib/core/index.ts";

describe("a child of abort signals", () => {
  it("aborts with each of its parents, for the same reason, and leaves nothing with them once released", () => {
    const parents = [new AbortController(), new AbortController()] as const;
    const [first, second] = parents;
    const released = childOf(first.signal, second.signal);
    const child = childOf(first.signal, undefined, second.signal);
    released.release();
    second.abort("the second");
    first.abort("the first");
    expect(released.signal.aborted).to.equal(false);
    expect(child.signal.reason).to.equal("the second");
    expect(childOf(second.signal).signal.reason).to.equal("the second");
    child.release();
    expect(parents.map(({ signal }) => getEventListeners(signal, "abort").length)).to.deep.equal([0, 0]);
  });
});
