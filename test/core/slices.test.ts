import { expect } from "chai";
import { Slices } from "../../lib/core/index.ts";

describe("slices of work", () => {
  it("let the event loop turn between them", async () => {
    const slices = new Slices(0);
    let turns = 0;
    setImmediate(() => {
      turns += 1;
    });
    expect(slices.isOver).to.equal(true);
    await slices.next();
    expect(turns).to.equal(1);
  });

  it("are not over before their time", () => {
    expect(new Slices(60_000).isOver).to.equal(false);
  });

  it("end when the work is no longer wanted", async () => {
    const unwanted = new AbortController();
    const slices = new Slices(0, unwanted.signal);
    unwanted.abort(new Error("no longer wanted"));
    const outcome = await slices.next().catch((error: unknown) => error);
    expect(outcome).to.have.property("message", "no longer wanted");
  });
});
