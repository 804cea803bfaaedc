import { expect } from "chai";
import { fold, termsOf } from "../../lib/text/index.ts";

describe("search terms", () => {
  it("fold case and accents, and leave out small words in both languages", () => {
    expect(termsOf("How do I put on a CONDOM?")).to.deep.equal(["put", "condom"]);
    expect(termsOf("Est-ce que j'ai du retard dans mes règles ?")).to.deep.equal(["retard", "regl"]);
    expect(fold("Sœur ŒUVRE")).to.equal("soeur oeuvre");
  });

  for (const [one, other] of [
    ["condom", "condoms"],
    ["baby", "babies"],
    ["kiss", "kissing"],
    ["kiss", "kisses"],
    ["pregnant", "pregnancy"],
    ["règle", "règles"],
    ["oublié", "oubliée"],
    ["oublié", "oubliés"],
    ["journal", "journaux"],
  ] as const) {
    it(`make no difference between “${one}” and “${other}”`, () => {
      expect(termsOf(one)).to.deep.equal(termsOf(other));
    });
  }

  for (const [one, other] of [
    ["virus", "vir"],
    ["test", "testicle"],
    ["pill", "pillow"],
  ] as const) {
    it(`keep “${one}” and “${other}” apart`, () => {
      expect(termsOf(one)).not.to.deep.equal(termsOf(other));
    });
  }

  it("keep the marks of other scripts, which spell their words", () => {
    expect(termsOf("गर्भावस्था")).to.deep.equal(["गर्भावस्था"]);
  });

  it("are none for a text without words", () => {
    expect(termsOf(" ?! 👋 … ")).to.deep.equal([]);
  });
});
