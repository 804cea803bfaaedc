import { expect } from "chai";
import { judge, LibrarySearch } from "../../lib/answers/index.ts";
import { createLook, pagesSection } from "../../scripts/ask/report.ts";
import { BUILT_FILES } from "../support/learnt.ts";
import { loadSample } from "../support/sample.ts";

describe("the report of npm run ask", () => {
  let search: LibrarySearch;

  before(async () => {
    search = new LibrarySearch(await loadSample(), { files: BUILT_FILES });
  });

  const pagesFor = async (text: string): Promise<string> => {
    const findings = await search.search({ text, language: "en" });
    return pagesSection(findings, findings && judge(findings), 1, createLook(false));
  };

  it("names the emergencies that a question has signs of, and no others", async () => {
    const pages = await pagesFor("started yaz in may and my thigh is hot, swollen and so sore");
    expect(pages).to.include("signs of an emergency: en/the-pill#");
    expect(pages).not.to.include("en/helplines");
  });

  it("names none for a calm question", async () => {
    expect(await pagesFor("how do i put on a condom")).not.to.include("emergency:");
  });
});
