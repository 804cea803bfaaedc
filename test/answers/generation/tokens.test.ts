import { expect } from "chai";
import { cutToTokens, estimateTokens } from "../../../lib/answers/generation/tokens.ts";

describe("the estimate of tokens", () => {
  it("takes four letters of Latin script for one, and fewer of other scripts", () => {
    expect(estimateTokens("")).to.equal(0);
    expect(estimateTokens("a".repeat(400))).to.equal(100);
    expect(estimateTokens("é".repeat(400))).to.equal(100);
    expect(estimateTokens("ж".repeat(400))).to.equal(200);
    expect(estimateTokens("गर्भ".repeat(100))).to.equal(200);
    expect(estimateTokens("避".repeat(400))).to.equal(400);
    expect(estimateTokens("😀".repeat(10))).to.equal(20);
  });

  for (const text of ["word ".repeat(100), "😀".repeat(100), "避孕".repeat(100), "é".repeat(999)]) {
    it(`holds for a text that was cut to it: ${text.slice(0, 4)}…`, () => {
      const cut = cutToTokens(text, 20);
      expect(estimateTokens(cut)).to.be.at.most(20);
      expect(estimateTokens(cut)).to.be.at.least(17);
      expect(cut.endsWith("…")).to.equal(true);
      expect(text.startsWith(cut.slice(0, -1))).to.equal(true);
      expect(cut, "a character cut in two").not.to.match(/[\ud800-\udbff]…$/);
    });
  }

  it("leaves a text that fits as it is", () => {
    for (const length of [0, 1, 76, 79, 80]) {
      const text = "x".repeat(length);
      expect(cutToTokens(text, 20)).to.equal(text);
    }
  });
});
