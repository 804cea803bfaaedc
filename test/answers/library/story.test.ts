import { expect } from "chai";
import { rankStory } from "../../../lib/answers/library/story.ts";
import { TextIndex } from "../../../lib/answers/library/text-index.ts";
import { Slices } from "../../../lib/core/index.ts";

const question = (label: string | null, text: string) => ({ label, text, isQuestion: true });

describe("a story", () => {
  let index: TextIndex;

  before(async () => {
    index = await TextIndex.build(
      [
        question("the-pill", "i forgot my pill two days in a row"),
        question("the-pill", "what if i miss a pill"),
        question("camping", "which tent is best for camping with friends"),
        question("camping", "how do i pitch a tent in the wind"),
        question(null, "we went away with my cousins to the lake and it rained all the time"),
        question(null, "which card games can we play all the time"),
        question(null, "sorry that this got so long and thank you for reading all of it"),
      ],
      new Slices(5),
    );
  });

  const around = "we went away with my cousins to the lake and it rained all the time and we played cards";
  const end = "anyway sorry that this got so long and thank you for reading all of it.";

  it("is about what one of its parts says, wherever it is", () => {
    const clause = "and i forgot my pill two days in a row";
    for (const text of [
      `${clause}. ${around}. ${end}`,
      `${around}. ${clause}. ${end}`,
      `${around}, ${clause}, ${end}`,
    ]) {
      const told = rankStory(index, text).labels.find(({ label }) => label === "the-pill");
      expect(told?.nearest, text).to.be.above(0.8);
    }
  });

  it("is read in pieces where it has no punctuation", () => {
    const text = `${around} and i forgot my pill two days in a row ${around}`;
    const whole = index.rank(text).labels.find(({ label }) => label === "the-pill");
    const story = rankStory(index, text).labels.find(({ label }) => label === "the-pill");
    expect(story?.nearest).to.be.above(whole?.nearest ?? 1);
  });

  it("counts no part of a short question by itself", () => {
    const text = "i forgot my pill. which tent is best?";
    expect(rankStory(index, text)).to.deep.equal(index.rank(text));
  });
});
