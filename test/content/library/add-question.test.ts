import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { addQuestion } from "../../../lib/content/index.ts";

describe("adding a question to the library", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "add-question-"));
    await mkdir(join(folder, "knowledge", "en"), { recursive: true });
    await mkdir(join(folder, "unanswered"));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function added(page: string, question: string): Promise<string> {
    const path = join(folder, "knowledge", "en", "page.md");
    await writeFile(path, page);
    expect(await addQuestion(folder, "en/page", question)).to.equal(path);
    return await readFile(path, "utf8");
  }

  it("puts it first among those of the page, and changes nothing else", async () => {
    const page = "---\nkeywords: [a]\nquestions:\n  - old\nchecked: 2026-11-30\n---\n# T\n\nquestions:\n";
    expect(await added(page, ' where do i\n get it: "now"? ')).to.equal(
      '---\nkeywords: [a]\nquestions:\n  - "where do i get it: \\"now\\"?"\n  - old\nchecked: 2026-11-30\n---\n# T\n\nquestions:\n',
    );
  });

  it("begins the list where the page has none, and the front matter too", async () => {
    expect(await added("---\nkeywords: [a]\n---\n# T\n", "new")).to.equal(
      '---\nkeywords: [a]\nquestions:\n  - "new"\n---\n# T\n',
    );
    expect(await added("# T\n", "new")).to.equal('---\nquestions:\n  - "new"\n---\n# T\n');
  });

  it("adds a line to the questions that no page answers", async () => {
    const path = join(folder, "unanswered", "en.txt");
    await writeFile(path, "old\n");
    await addQuestion(folder, "unanswered/en", "how do i fix a bike");
    expect(await readFile(path, "utf8")).to.equal("old\nhow do i fix a bike\n");
  });

  it("says so when there is no such page, and never leaves the folder", async () => {
    for (const target of ["en/none", "en", "../en/page", "en/../../page", "unanswered/xx"]) {
      const outcome = await addQuestion(folder, target, "new").catch((error: unknown) => error);
      expect(outcome, target).to.have.property("code", "NO_SUCH_PAGE");
    }
    const empty = await addQuestion(folder, "en/page", "  ").catch((error: unknown) => error);
    expect(empty).to.have.property("code", "NO_QUESTION");
  });
});
