import { deserialize, serialize } from "bson";
import { expect } from "chai";
import fc from "fast-check";
import { compareValues } from "../../../lib/embedded-mongo/bson/compare.ts";
import { decodeDocument } from "../../../lib/embedded-mongo/bson/decode.ts";
import { encodeDocument } from "../../../lib/embedded-mongo/bson/encode.ts";
import { encodeKey, encodeType } from "../../../lib/embedded-mongo/bson/index-key.ts";
import { share } from "../../support/thorough.ts";
import { documents, values } from "./values.ts";

const directions = fc.constantFrom(1 as const, -1 as const);

describe("the values of the embedded MongoDB", () => {
  it("have index keys in the order in which they compare", () => {
    fc.assert(
      fc.property(values, values, directions, (a, b, direction) => {
        const byKey = Buffer.compare(encodeKey(a, direction), encodeKey(b, direction));
        expect(byKey).to.equal(Math.sign(compareValues(a, b)) * direction || 0);
      }),
      { numRuns: share(3_000) },
    );
  });

  it("have index keys that can be joined: none is a prefix of another, and 255 sorts after every continuation", () => {
    fc.assert(
      fc.property(values, values, directions, (a, b, direction) => {
        const [key, other] = [encodeKey(a, direction), encodeKey(b, direction)];
        expect(key.equals(other) || !other.subarray(0, key.length).equals(key)).to.equal(true);
        expect(key[0]).to.be.within(1, 254);
        const type = encodeType(a, direction);
        expect(Buffer.compare(Buffer.of(type), key)).to.be.at.most(0);
        expect(Buffer.compare(key, Buffer.of(type + 1))).to.equal(-1);
        expect(Buffer.compare(Buffer.concat([key, other]), Buffer.concat([key, Buffer.of(255)]))).to.equal(
          -1,
        );
      }),
      { numRuns: share(1_000) },
    );
  });

  it("compare consistently", () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        expect(Math.sign(compareValues(a, b))).to.equal(-Math.sign(compareValues(b, a)) || 0);
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0)
          expect(compareValues(a, c)).to.be.at.most(0);
        expect(compareValues(a, a)).to.equal(0);
      }),
      { numRuns: share(1_000) },
    );
  });

  it("are encoded as by the bson library, and decode to the same", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const bytes = encodeDocument(document);
        expect(bytes.equals(serialize(document))).to.equal(true);
        expect(encodeDocument(decodeDocument(bytes)).equals(bytes)).to.equal(true);
        expect(() => deserialize(bytes)).to.not.throw();
      }),
      { numRuns: share(1_000) },
    );
  });

  it("are refused when their bytes are damaged", () => {
    fc.assert(
      fc.property(documents, fc.nat(), fc.nat(255), (document, place, byte) => {
        const bytes = Buffer.from(encodeDocument(document));
        bytes[place % bytes.length] = byte;
        try {
          expect(encodeDocument(decodeDocument(bytes)).length).to.be.at.most(bytes.length + 16);
        } catch (error) {
          expect(error).to.have.property("name", "CommandError");
        }
      }),
      { numRuns: share(3_000) },
    );
  });
});
