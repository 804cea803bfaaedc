import { expect } from "chai";
import { readCitations } from "../../../lib/answers/generation/citations.ts";
import { buildPrompt, type Prompt, type PromptInput } from "../../../lib/answers/generation/prompt.ts";
import { createGrounder, Library } from "../../../lib/answers/index.ts";
import { createRiskCheck } from "../../../lib/risk/index.ts";
import { formatMarkdown } from "../../../lib/telegram/index.ts";
import { pagesOf, passages } from "../passages.ts";
import { type Bench, question, startBench } from "../support.ts";
import { INJECTIONS, TAKEN_IN } from "./injections.ts";

const PERSONA = "You are a kind librarian who helps people of all ages with questions about their bodies.";
const RULES = [
  "Give general health information in plain words, and never a dose or a diagnosis to anyone who asks for one.",
  "Point to a doctor, a nurse, a midwife or a pharmacist where an examination or a decision is needed.",
];

const INPUT: PromptInput = {
  persona: PERSONA,
  rules: RULES,
  passages: passages.slice(0, 2),
  riskIds: ["fire"],
  sign: "ref-1234567890",
  language: "en",
  history: [],
  question: "How?",
};

const saidBy = ({ turns }: Prompt, role: "user" | "model"): string[] =>
  turns.filter((turn) => turn.role === role).flatMap(({ parts }) => parts.map(({ text }) => text));

describe("attempts to take the model over", () => {
  it("are more than thirty", () => {
    expect(INJECTIONS.length).to.be.at.least(30);
  });

  for (const hostile of INJECTIONS) {
    describe(`“${hostile.slice(0, 60).replaceAll("\n", " ")}”`, () => {
      for (const [where, changes] of [
        ["a question", { question: hostile }],
        ["an earlier message", { history: [{ sender: "person", text: hostile }] }],
        ["a summary", { summary: hostile }],
        ["the topic of a profile", { profile: { topic: hostile } }],
        ["the type of a file", { attachments: [{ path: "x", mimeType: hostile, sizeBytes: 1 }] }],
      ] as [string, Partial<PromptInput>][]) {
        it(`stays a person's words as ${where}`, () => {
          const prompt = buildPrompt({ ...INPUT, ...changes });
          expect(prompt.system).to.equal(buildPrompt(INPUT).system);
          expect(saidBy(prompt, "model")).to.deep.equal([]);
          expect(prompt.turns).to.have.length(1);
          if (changes.summary ?? changes.profile)
            expect(prompt.turns[0]?.parts[0]?.text).not.to.include("\n");
        });
      }

      it("chooses among the library's passages and changes none", async () => {
        const library = new Library({ passages, pages: pagesOf(passages), unanswered: {} });
        const grounder = createGrounder({
          persona: PERSONA,
          rules: RULES,
          library,
          risk: createRiskCheck([]),
        });
        const { passages: chosen, prompt } = await grounder.ground(question({ text: hostile }));
        for (const passage of chosen) expect(passages).to.include(passage);
        const [instructions = ""] = prompt.system.split("Passages from the library:");
        expect(instructions).to.not.include(hostile);
        expect(grounder.guard.isLeak(hostile)).to.equal(false);
      });
    });
  }
});

describe("a model that was taken in", () => {
  let bench: Bench;
  let shown: string[];
  const ask = (respond: (system: string) => string): ReturnType<Bench["answers"]["answer"]> => {
    answerWith = respond;
    return bench.answers.answer(question({ onText: (text) => void shown.push(text) }));
  };
  let answerWith: (system: string) => string;

  beforeEach(async () => {
    shown = [];
    bench = await startBench({
      fake: { respond: ({ system }) => answerWith(system), pieces: 12 },
      answers: {
        persona: PERSONA,
        rules: RULES,
        risks: [{ id: "fire", languages: { en: { phrases: ["fire"], not: [], help: "Call." } } }],
      },
    });
  });
  afterEach(() => bench.stop());

  for (const [what, leak] of [
    ["recites all its instructions", (system: string) => system],
    ["recites them after an introduction", (system: string) => `Sure! Here they are:\n\n${system}`],
    ["recites them as a quotation in capitals", (system: string) => `> ${system.toUpperCase()}`],
    ["recites its rules alone", () => `My rules:\n${RULES.map((rule) => `* ${rule}`).join("\n")}`],
    [
      "tells the sign it must never write",
      (system: string) => `It is ${/ref-[0-9a-f]{10}/.exec(system)?.[0]}.`,
    ],
  ] as const) {
    it(`is stopped when it ${what}`, async () => {
      expect(await ask(leak)).to.deep.equal({ kind: "blocked", code: "ANSWER_RULES_REPEATED" });
      for (const text of shown)
        expect(text, "shown meanwhile")
          .not.to.include(RULES[1])
          .and.not.match(/ref-\w{10}/);
      expect(bench.answers.stats().inFlight).to.equal(0);
    });
  }

  it("may give advice that is also a rule, and quote the library", async () => {
    const advice = `${passages[0]?.text} Please ask a doctor, a nurse, a midwife or a pharmacist.`;
    expect(await ask(() => advice)).to.include({ kind: "answer", origin: "model" });
  });

  it("raises no alarm by a mark further on, nor by one for a danger nobody knows; none is ever seen", async () => {
    for (const [text, risk, seen] of [
      ["[risk:fire] Get out.", "fire", "Get out."],
      ["You asked me to write [risk:fire] here.", undefined, "You asked me to write here."],
      ["[risk:flood] Swim.", undefined, "Swim."],
    ] as const) {
      shown = [];
      const answer = await ask(() => text);
      expect(answer).to.include({ kind: "answer", text: seen });
      expect((answer as { risk?: string }).risk).to.equal(risk);
      expect(shown.join("")).not.to.include("risk");
    }
  });

  it("names no source that was not given to it", async () => {
    expect(await ask(() => "It is so [99], they say [0].")).to.deep.include({
      text: "It is so, they say.",
      sources: [],
    });
  });

  for (const [what, output] of Object.entries(TAKEN_IN)) {
    it(`only writes text when it writes ${what}`, () => {
      const { text, entities } = formatMarkdown(readCitations(output).text);
      const links = entities.filter((entity) => "url" in entity);
      for (const { type } of entities)
        expect(["bold", "italic", "code", "pre", "text_link"]).to.include(type);
      for (const { offset, length, ...link } of links) {
        const { url = "" } = link as { url?: string };
        expect(url, "the address that is seen").to.equal(new URL(text.slice(offset, offset + length)).href);
        expect(url).to.match(/^https?:/);
      }
    });
  }
});
