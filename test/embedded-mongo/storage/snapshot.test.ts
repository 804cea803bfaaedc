import { expect } from "chai";
import { openEnvironment } from "../../../lib/embedded-mongo/storage/environment.ts";

describe("a snapshot of the embedded MongoDB", () => {
  const range = { start: Buffer.of(0), end: Buffer.of(255) };

  it("closes an iteration that it ends because its file is about to be closed", async () => {
    const environment = await openEnvironment(undefined);
    await environment.write(() => {
      for (const n of [1, 2, 3]) environment.put(Buffer.of(n), Buffer.of(n));
    });
    const snapshot = environment.snapshot();
    const getRange = snapshot.database.getRange.bind(snapshot.database);
    let closed = 0;
    snapshot.database.getRange = (options) => {
      const found = getRange(options);
      const iterator = found[Symbol.iterator]();
      found[Symbol.iterator] = () => ({
        next: () => iterator.next(),
        return() {
          closed += 1;
          return iterator.return?.() ?? { done: true, value: undefined };
        },
      });
      return found;
    };
    const entries = snapshot.range(range)[Symbol.iterator]();
    expect(entries.next().value?.key).to.deep.equal(Buffer.of(1));
    snapshot.revoke();
    expect(() => entries.next()).to.throw("the data file that was read is closed");
    expect(closed).to.equal(1);
    snapshot.release();
    await environment.close();
  });
});
