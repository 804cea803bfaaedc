import { expect } from "chai";
import { type Example, TextIndex } from "../../../lib/answers/library/text-index.ts";

const EXAMPLES: Example[] = [
  { text: "how do i put on a condom", label: "condoms", isQuestion: true },
  { text: "the condom broke last night", label: "condoms", isQuestion: true },
  { text: "my period is late", label: "periods", isQuestion: true },
  { text: "why are my periods so painful", label: "periods", isQuestion: true },
  { text: "who won the world cup", label: null, isQuestion: true },
  { text: "will it rain tomorrow", label: null, isQuestion: true },
];

describe("the text index", () => {
  let index: TextIndex;

  before(async () => {
    index = await TextIndex.build(EXAMPLES);
  });

  for (const [text, label] of [
    ["condom", "condoms"],
    ["how to put the condmo on", "condoms"],
    ["periode late", "periods"],
    ["is it going to rain", null],
  ] as const) {
    it(`ranks ${label ?? "none"} first for “${text}”`, () => {
      expect(index.rank(text)[0]?.label).to.equal(label);
    });
  }

  it("tells an example question itself by a similarity of 1, whatever its case and punctuation", () => {
    expect(index.rank("My period is LATE!!")[0]?.nearest).to.be.closeTo(1, 1e-4);
  });

  it("knows no label better than another for a text it has no part of", () => {
    const ranked = index.rank("xyzzy");
    expect(new Set(ranked.map(({ score }) => score)).size).to.equal(1);
  });

  it("is empty without examples", async () => {
    expect((await TextIndex.build([])).rank("condom")).to.deep.equal([]);
  });

  it("lets the event loop turn while it is built", async () => {
    const many = Array.from({ length: 5_000 }, (_, number) => ({
      text: `example number ${number} of the index`,
      label: `page-${number % 20}`,
      isQuestion: true,
    }));
    let turns = 0;
    let isBuilt = false;
    const count = (): void => {
      turns += 1;
      if (!isBuilt) setImmediate(count);
    };
    setImmediate(count);
    await TextIndex.build(many);
    isBuilt = true;
    expect(turns).to.be.at.least(10);
  });
});
