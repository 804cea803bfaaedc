import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loadEvaluation } from "../../lib/content/index.ts";

const KNOWN = { passages: [{ pageId: "en/condoms" }], risks: [{ id: "fire" }] };

describe("evaluation.yaml", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-evaluation-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const load = async (yaml: string): ReturnType<typeof loadEvaluation> => {
    await writeFile(join(folder, "evaluation.yaml"), yaml);
    return await loadEvaluation(folder, KNOWN);
  };

  it("may be missing", async () => {
    expect(await loadEvaluation(folder, KNOWN)).to.equal(null);
  });

  it("names the pages of the question's language", async () => {
    const questions = await load(`questions:
  - { language: en, question: how to put one on, pages: [condoms], held_out: true }
  - { language: en, question: my house burns, pages: [], risk: fire }
`);
    expect(questions).to.deep.equal([
      { language: "en", question: "how to put one on", pages: ["en/condoms"], isHeldOut: true },
      { language: "en", question: "my house burns", pages: [], risk: "fire", isHeldOut: false },
    ]);
  });

  it("is refused with the line of every page or rule that does not exist", async () => {
    const error = await load(`questions:
  - { language: en, question: how, pages: [condom] }
  - { language: en, question: why, pages: [], risk: flood }
`).catch((reason: unknown) => reason);
    expect(String(error)).to.include('line 2: names "en/condom", but there is no knowledge/en/condom.md');
    expect(String(error)).to.include('line 3: names the rule "flood", which risk/ has not');
  });
});
