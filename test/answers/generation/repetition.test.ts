import { expect } from "chai";
import { RepetitionWatch } from "../../../lib/answers/generation/repetition.ts";

const SENTENCE = "I am not able to help with that. ";

const CHART = [
  "Days of bleeding",
  ...Array.from({ length: 9 }, () => `   |${"█".repeat(32)}    |`),
  "   1  7",
].join("\n");
const PICTURE =
  "![A chart of the days of a cycle, from the first to the last](https://example.org/cycle.png)";
const TABLE = `| method | yes | no |\n|--------|-----|----|\n${"| condom | yes | no |\n".repeat(4)}`;

/** Feeds a text as it would arrive; the kept text when a loop is found, else null. */
function feed(text: string, pieceLength = 7): string | null {
  const watch = new RepetitionWatch();
  for (let end = 0; end < text.length; end += pieceLength) {
    const soFar = text.slice(0, end + pieceLength);
    const at = watch.find(soFar);
    if (at !== undefined) return soFar.slice(0, at);
  }
  const at = watch.findAtEnd(text);
  return at === undefined ? null : text.slice(0, at);
}

describe("a loop in a model's answer", () => {
  it("is cut before its first repetition", () => {
    expect(feed(SENTENCE.repeat(400))?.trim()).to.equal(SENTENCE.trim());
    const start = "Condoms protect against most infections. ";
    expect(feed(start + SENTENCE.repeat(50))).to.equal((start + SENTENCE).slice(0, -2));
  });

  it("is found soon, however the text is cut into pieces", () => {
    for (const pieceLength of [1, 3, 1_000, 20_000]) {
      expect(feed(SENTENCE.repeat(400), pieceLength)?.trim(), String(pieceLength)).to.equal(SENTENCE.trim());
    }
  });

  it("may be of whole paragraphs, of marks, of blanks or of Chinese", () => {
    const paragraph = `${Array.from({ length: 30 }, (_, index) => `Sentence number ${index} of it.`).join(" ")}\n\n`;
    expect(feed(paragraph.repeat(6))?.trim()).to.equal(paragraph.trim());
    expect(feed(`Yes.${" ".repeat(2_000)}`)?.trim()).to.equal("Yes.");
    expect(feed(`Yes.\n${"-".repeat(2_000)}`)).to.have.lengthOf.at.most(8);
    expect(feed("我不能帮你解决这个问题，请你去看医生吧。".repeat(80))).to.have.lengthOf(20);
  });

  it("is looked for as the text grows, not with every piece", () => {
    const watch = new RepetitionWatch();
    let looks = 0;
    const charCodeAt = (at: number): number => {
      looks += 1;
      return at;
    };
    for (let length = 1; length <= 16_000; length += 1) {
      watch.find({ length, charCodeAt } as unknown as string);
    }
    expect(looks).to.be.below(16_000 * 100);
  });

  for (const [what, text] of [
    [
      "an ordinary answer",
      "Use a new condom each time. Check the date. Open it with your fingers. ".repeat(1),
    ],
    [
      "a word said three times",
      "No, no, no! Never use two condoms at once; they tear more easily than one does.",
    ],
    ["a table", `| a | b |\n|${"-".repeat(60)}|${"-".repeat(60)}|\n| 1 | 2 |\n| 3 | 4 |`],
    [
      "a list of like lines",
      Array.from({ length: 30 }, (_, index) => `- On day ${index + 1}, take one pill at the same hour.`).join(
        "\n",
      ),
    ],
    ["two charts in a row, with bars that are alike", `${CHART}\n\n${CHART}\n\nBoth are of a usual cycle.`],
    ["the same picture twice in a row", `${PICTURE}\n${PICTURE}\n`],
    ["two equal tables in a row", `${TABLE}\n\n${TABLE}\n\nThat is all.`],
    [
      "a sentence said twice",
      `${SENTENCE.repeat(2)}But a doctor is, so please see one soon, and ask again here.`,
    ],
  ] as const) {
    it(`is not ${what}`, () => expect(feed(text)).to.equal(null));
  }
});
