import { expect } from "chai";
import { materialOf } from "../../lib/app/answers.ts";
import { loadSample } from "../support/sample.ts";

describe("the material for answers", () => {
  it("has the whole library: pages, passages, slang and what no page answers", async () => {
    const content = await loadSample();
    const { passages, pages, slang, unanswered } = content;
    expect(materialOf(content)).to.include({ passages, pages, slang, unanswered });
    expect(Object.keys(slang)).to.deep.equal(content.bot.languages);
  });
});
