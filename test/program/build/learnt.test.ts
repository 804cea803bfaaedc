import { expect } from "chai";
import { Library } from "../../../lib/answers/index.ts";
import { loadKeptContent } from "../../../lib/content/index.ts";
import { type LearntFiles, openLearntFiles, silentLogger } from "../../../lib/core/index.ts";
import { createRiskCheck } from "../../../lib/risk/index.ts";
import { contentReader } from "../../../scripts/build/learnt.js";

describe("the built program", () => {
  it("has learnt from the sample content already", async () => {
    const learntAnew: string[] = [];
    const built = openLearntFiles("dist/learnt", silentLogger);
    const files: LearntFiles = {
      read: (name) => built.read(name),
      write: async (name) => void learntAnew.push(name),
    };
    const { passages, pages, unanswered, slang, risks, riskExamples } = await loadKeptContent(
      "content",
      { mediaFolder: "media" },
      { files, reader: contentReader() },
    );
    await new Library({ passages, pages, unanswered, slang }, { files }).getReady();
    await createRiskCheck(risks, [...riskExamples], { files }).getReady();
    expect(learntAnew).to.deep.equal([]);
  });
});
