import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loadEvaluation, loadEvaluationFile } from "../../../lib/content/index.ts";

const KNOWN = {
  passages: [],
  pages: [
    {
      id: "en/condoms",
      language: "en",
      title: "Condoms",
      keywords: [],
      questions: ["condom broke"],
      urgent: [],
    },
  ],
  unanswered: { en: ["will it rain"] },
  risks: [{ id: "fire" }],
};

describe("the evaluation sets", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-evaluation-"));
    await mkdir(join(folder, "evaluation"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const load = async (yaml: string): ReturnType<typeof loadEvaluation> => {
    await writeFile(join(folder, "evaluation", "test.yaml"), yaml);
    return await loadEvaluation(folder, KNOWN);
  };

  it("may be missing", async () => {
    expect(await loadEvaluation(folder, KNOWN)).to.equal(null);
  });

  it("may go on from a question before, and then be an example question as well", async () => {
    const sets = await load(`questions:
  - { language: en, after: "what is a condom", question: "and how do i use it", pages: [condoms] }
`);
    expect(sets?.test?.[0]).to.include({ after: "what is a condom", question: "and how do i use it" });
  });

  it("are named after their files, and name the pages of the question's language", async () => {
    const sets = await load(`questions:
  - { language: en, question: how to put one on, pages: [condoms], kind: curt, urgent: true }
  - { language: en, question: my house burns, pages: [], risk: fire, held_out: true }
`);
    expect(sets).to.deep.equal({
      test: [
        {
          language: "en",
          question: "how to put one on",
          pages: ["en/condoms"],
          kind: "curt",
          isUrgent: true,
        },
        {
          language: "en",
          question: "my house burns",
          pages: [],
          kind: "plain",
          isUrgent: false,
          risk: "fire",
        },
      ],
    });
  });

  it("are refused with the line of every page or rule that does not exist", async () => {
    const error = await load(`questions:
  - { language: en, question: how, pages: [condom] }
  - { language: en, question: why, pages: [], risk: flood }
`).catch((reason: unknown) => reason);
    expect(String(error)).to.include('line 2: names "en/condom", but there is no knowledge/en/condom.md');
    expect(String(error)).to.include('line 3: names the rule "flood", which risk/ has not');
  });

  it("may not hold what the search was taught", async () => {
    const error = await load(`questions:
  - { language: en, question: "Condom broke!", pages: [condoms] }
  - { language: en, question: Will it rain?, pages: [] }
`).catch((reason: unknown) => reason);
    expect(String(error)).to.include("line 2: is an example question of knowledge/en/condoms.md as well");
    expect(String(error)).to.include("line 3: is an example question of unanswered/en.txt as well");
  });

  it("may be a file from elsewhere, whose pages need not all exist", async () => {
    const path = join(folder, "mine.yaml");
    await writeFile(path, 'questions:\n  - { language: en, question: "how", pages: [condom] }\n');
    const [question] = await loadEvaluationFile(path, KNOWN);
    expect(question?.pages).to.deep.equal(["en/condom"]);
  });
});
