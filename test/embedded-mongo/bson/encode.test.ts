import { expect } from "chai";
import { RawBson } from "../../../lib/embedded-mongo/bson/encode.ts";

describe("a large batch of the embedded MongoDB", () => {
  it("may have more documents than a call may have arguments", () => {
    const empty = Buffer.of(5, 0, 0, 0, 0);
    const batch = RawBson.array(Array.from({ length: 100_000 }, () => empty));
    const { parts } = RawBson.document({ firstBatch: batch });
    expect(parts.length).to.be.above(200_000);
    expect(Buffer.concat(parts).readInt32LE()).to.equal(Buffer.concat(parts).length);
  });
});
