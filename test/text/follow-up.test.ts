import { expect } from "chai";
import { followUpOf } from "../../lib/text/index.ts";

describe("a follow-up", () => {
  for (const text of [
    "and where can I get it?",
    "does that hurt",
    "But after two days?",
    "et ça coûte combien ?",
    "Mais après ?",
  ]) {
    it(`is “${text}”`, () => expect(followUpOf(text)).not.to.equal("no"));
  }
  for (const text of [
    "",
    "😀",
    "which size should i buy",
    "pill or coil?",
    "la pilule fait-elle grossir",
    `and ${"so ".repeat(20)}`,
  ]) {
    it(`is not “${text}”`, () => expect(followUpOf(text)).to.equal("no"));
  }

  it("is sure when a question begins so and stands for what was said", () => {
    expect(followUpOf("but is that normal?")).to.equal("surely");
    expect(followUpOf("et ça coûte combien ?")).to.equal("surely");
    expect(followUpOf("where can I get it?")).to.equal("perhaps");
  });
});
