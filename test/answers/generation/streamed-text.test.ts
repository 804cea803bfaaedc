import { expect } from "chai";
import { readCitations } from "../../../lib/answers/generation/citations.ts";
import { StreamedText } from "../../../lib/answers/generation/streamed-text.ts";

const ANSWER = [
  "[risk:self-harm] Condoms protect [1], and [passage 2, passage 3] more.",
  "",
  "- A list [4-6] of things,",
  "- with a [link](https://example.org) and [unfinished",
  "x".repeat(3_000),
  "The end [2].",
].join("\n");

describe("a text as it streams", () => {
  for (const length of [1, 5, 64, 4_000]) {
    it(`is shown as the whole text would be, in pieces of ${length}`, () => {
      const text = new StreamedText();
      let last = "";
      for (let at = 0; at < ANSWER.length; at += length) {
        const soFar = ANSWER.slice(0, at + length);
        const shown = text.add(ANSWER.slice(at, at + length));
        if (shown === undefined) continue;
        expect(shown).to.equal(readCitations(soFar).text);
        last = shown;
      }
      expect(last).to.equal(readCitations(ANSWER).text);
      expect(text.raw).to.equal(ANSWER);
    });
  }

  it("is read again by its last line only, and by a long line only when it has grown", () => {
    const text = new StreamedText();
    let looks = 0;
    for (let piece = 0; piece < 16_000; piece += 1) if (text.add("x") !== undefined) looks += 1;
    expect(looks).to.be.below(600);
  });
});
