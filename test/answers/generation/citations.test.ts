import { expect } from "chai";
import { readCitations } from "../../../lib/answers/generation/citations.ts";

describe("citation marks", () => {
  it("are taken out of the text, each passage named once and in order", () => {
    const { text, cited } = readCitations("Roll it down [2]. Use a new one[1]. Never two [2, 3]!");
    expect(text).to.equal("Roll it down. Use a new one. Never two!");
    expect(cited).to.deep.equal([2, 1, 3]);
  });

  it("are known when they carry a word or stand in a row", () => {
    expect(readCitations("So it is [passage 1][Source 4].")).to.deep.equal({
      text: "So it is.",
      cited: [1, 4],
    });
  });

  it("are known when they name a range or several, each with its word", () => {
    expect(readCitations("A [1-3]. B [passage 2, passage 4]. C [Sources 5 and 6].")).to.deep.equal({
      text: "A. B. C.",
      cited: [1, 2, 3, 4, 5, 6],
    });
  });

  it("are found as fast in a flood of blanks, which models fall into now and then", () => {
    const flood = " \t".repeat(100_000);
    expect(readCitations(`Yes.${flood}[1] No [a](${flood}) [2].`).cited).to.deep.equal([1, 2]);
    expect(readCitations(`[a]( "${flood}[b](c "${flood}`).cited).to.deep.equal([]);
  });

  it("are not confused with links, boxes or other brackets", () => {
    const text = "See [1](https://example.org), [a list] and [ ] this.";
    const seen = "See [1](https://example.org), [a list] and [ ] this.";
    expect(readCitations(text)).to.deep.equal({ text: seen, cited: [] });
  });

  it("never show half while the text is still coming", () => {
    const whole = "Wait three weeks [1, 2]. Then test [passage 3].";
    const clean = "Wait three weeks. Then test.";
    for (let length = 0; length <= whole.length; length += 1) {
      const { text } = readCitations(whole.slice(0, length));
      expect(clean.startsWith(text), `“${text}”`).to.equal(true);
    }
  });

  it("are told apart from the mark of a danger, which counts at the beginning only", () => {
    expect(readCitations("[risk:self-harm]\n\nI hear you [1].")).to.deep.equal({
      text: "I hear you.",
      cited: [1],
      risk: "self-harm",
    });
    expect(readCitations("Write [risk:fire] yourself.")).to.deep.equal({
      text: "Write yourself.",
      cited: [],
    });
    const whole = "[Risk: self-harm] I hear you.";
    for (let length = 0; length <= whole.length; length += 1) {
      expect(
        "I hear you.".startsWith(readCitations(whole.slice(0, length)).text),
        whole.slice(0, length),
      ).to.equal(true);
    }
  });

  it("leave line breaks and lists as they are", () => {
    expect(readCitations("- one [1]\n- two [2]\n\nEnd").text).to.equal("- one\n- two\n\nEnd");
  });
});
