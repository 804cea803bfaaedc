import { expect } from "chai";
import { fold, wordsOf } from "../../lib/text/index.ts";

describe("the words of a text", () => {
  for (const [text, words] of [
    ["Don't worry, it's OK!", ["dont", "worry", "its", "ok"]],
    ["l'amour n'est pas…", ["l", "amour", "n", "est", "pas"]],
    ["Règles en retard", ["regles", "en", "retard"]],
    ["cœur", ["coeur"]],
    ["Straße", ["strasse"]],
    ["避孕套破了", ["避孕", "套", "破", "了"]],
    ["ถุงยางแตก", ["ถุง", "ยาง", "แตก"]],
    ["اَلدَّوْرَةُ مُتَأَخِّرَة", ["دوره", "متاخره"]],
    ["", []],
    ["😀 ???", []],
  ] as const) {
    it(`of “${text}” are ${words.join(", ") || "none"}`, () => {
      expect(wordsOf(text)).to.deep.equal(words);
    });
  }

  it("are the same with and without Arabic marks and letter forms", () => {
    expect(fold("إمرأة")).to.equal(fold("امراه"));
  });

  it("are segmented in short pieces, because the time of Intl.Segmenter grows with the square of the length", () => {
    const { segment } = Intl.Segmenter.prototype;
    const lengths: number[] = [];
    Intl.Segmenter.prototype.segment = function (text) {
      lengths.push(text.length);
      return segment.call(this, text);
    };
    try {
      expect(wordsOf("避孕套".repeat(5_000)).join("")).to.equal("避孕套".repeat(5_000));
      expect(wordsOf("𠀀".repeat(5_000)).join("")).to.equal("𠀀".repeat(5_000));
    } finally {
      Intl.Segmenter.prototype.segment = segment;
    }
    expect(Math.max(...lengths)).to.be.at.most(200);
  });
});
