import { expect } from "chai";
import { isFollowUp } from "../../lib/text/index.ts";

describe("a follow-up", () => {
  for (const text of [
    "and where can I get it?",
    "does that hurt",
    "But after two days?",
    "et ça coûte combien ?",
    "Mais après ?",
  ]) {
    it(`is “${text}”`, () => expect(isFollowUp(text)).to.equal(true));
  }
  for (const text of [
    "",
    "😀",
    "which size should i buy",
    "pill or coil?",
    "la pilule fait-elle grossir",
    `and ${"so ".repeat(20)}`,
  ]) {
    it(`is not “${text}”`, () => expect(isFollowUp(text)).to.equal(false));
  }
});
