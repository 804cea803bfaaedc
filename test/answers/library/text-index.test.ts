import { expect } from "chai";
import { type Example, TextIndex } from "../../../lib/answers/library/text-index.ts";
import { Slices } from "../../../lib/core/index.ts";

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
    index = await TextIndex.build(EXAMPLES, new Slices(5));
  });

  for (const [text, label] of [
    ["condom", "condoms"],
    ["how to put the condmo on", "condoms"],
    ["periode late", "periods"],
    ["is it going to rain", null],
  ] as const) {
    it(`ranks ${label ?? "none"} first for “${text}”`, () => {
      expect(index.rank(text).labels[0]?.label).to.equal(label);
    });
  }

  it("tells an example question itself by a similarity of 1, whatever its case and punctuation", () => {
    expect(index.rank("My period is LATE!!").labels[0]?.nearest).to.be.closeTo(1, 1e-4);
  });

  it("knows no label better than another for a text it has no part of", () => {
    const { labels: ranked } = index.rank("xyzzy");
    expect(new Set(ranked.map(({ score }) => score)).size).to.equal(1);
  });

  it("is empty without examples", async () => {
    expect((await TextIndex.build([], new Slices(5))).rank("condom").labels).to.deep.equal([]);
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
    await TextIndex.build(many, new Slices(1));
    isBuilt = true;
    expect(turns).to.be.at.least(10);
  });

  it("knows the words of its examples, and no others", () => {
    expect(["condom", "periods", "cup", "it"].map((word) => index.knows(word))).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
    expect(["condo", "xyzzy", ""].map((word) => index.knows(word))).to.deep.equal([false, false, false]);
  });

  it("is not built to the end when it is no longer wanted", async () => {
    const unwanted = new AbortController();
    const building = TextIndex.build(EXAMPLES, new Slices(0, unwanted.signal));
    unwanted.abort(new Error("no longer wanted"));
    const outcome = await building.catch((error: unknown) => error);
    expect(outcome).to.have.property("message", "no longer wanted");
  });

  it("tells what resembles urgent examples of whatever label from what resembles calm ones", async () => {
    const told = [
      { text: "i cant breathe and my chest hurts", label: "chest", isQuestion: true, isUrgent: true },
      { text: "my calf is swollen and hurts badly", label: "leg", isQuestion: true, isUrgent: true },
    ];
    const urgent = await TextIndex.build([...EXAMPLES, ...told], new Slices(5));
    expect(urgent.rank("everything hurts badly and i cant breathe").urgency).to.be.above(0);
    expect(urgent.rank("how do i put it on").urgency).to.be.below(0);
    expect(urgent.rank("xyzzy").urgency).to.equal(0);
  });
});
