import { expect } from "chai";
import { openModel } from "../../lib/answers/index.ts";
import type { OperatorError } from "../../lib/core/index.ts";
import { createFakeGemini } from "../../lib/sandbox/models/index.ts";
import { type AskDeps, ask } from "../../scripts/ask/ask-question.ts";
import { createLook } from "../../scripts/ask/report.ts";
import { pagesOf, passages } from "../answers/passages.ts";
import { API_KEY, MODEL } from "../answers/support.ts";
import { FakeClock } from "../support/fake-clock.ts";

const risks = [
  { id: "fire", languages: { en: { phrases: ["house burns"], not: [], help: "Call **112**." } } },
];
const bot = {
  persona: "You are a kind librarian.",
  rules: ["Be brief."],
  languages: ["en", "fr"],
  defaultLanguage: "en",
};

describe("npm run ask", () => {
  const run = async (
    question: string,
    changes: Partial<AskDeps> = {},
    options: { language?: string; showsPrompt?: boolean } = {},
  ): Promise<string> => {
    let written = "";
    await ask(
      { question, hasModel: true, showsPrompt: true, ...options },
      {
        content: {
          bot,
          passages,
          pages: pagesOf(passages),
          unanswered: {},
          risks,
        } as unknown as AskDeps["content"],
        clock: new FakeClock(),
        random: () => 0.5,
        look: createLook(false),
        write: (text) => {
          written += text;
        },
        signal: new AbortController().signal,
        ...changes,
      },
    );
    return written;
  };

  it("shows the passages with their scores, the prompt and the library's answer without a key", async () => {
    const written = await run("how do I put on a condom");
    expect(written).to.match(
      /\[1\] en\/condoms#1 {2}Condoms – How to put one on {2}\(score [\d.]+, nearest example 0 %\)/,
    );
    expect(written)
      .to.match(/Prompt \(about \d+ tokens\)/)
      .and.include("- Be brief.");
    expect(written).to.include("Risk\n  none\n");
    expect(written).to.match(/Answer\n\*\*How to put one on\*\*\n\nCheck the date/);
    expect(written).to.include("Sources Condoms (en/condoms)\nFrom the library (no-model)");
  });

  it("shows the risk rule with its help, and that nothing was found", async () => {
    const written = await run("my house burns", {}, { showsPrompt: false });
    expect(written).to.include("fire: the person gets this first\n  Call **112**.");
    expect(written).to.include("nothing found (no-model)").and.not.include("Prompt");
  });

  it("streams the model's answer, with its time and tokens", async () => {
    const clock = new FakeClock();
    const gemini = createFakeGemini({ clock, apiKey: API_KEY, model: MODEL });
    const { baseUrl } = await gemini.start();
    try {
      const written = await run("how do I put on a condom", {
        clock,
        model: await openModel({ provider: "gemini", apiKey: API_KEY, model: MODEL, baseUrl }),
      });
      expect(written.match(/Here is what our library says/g)).to.have.lengthOf(1);
      expect(written).to.include("Sources Condoms (en/condoms)").and.include(`From ${MODEL}`);
      expect(written).to.match(/Time first word after [\d.]+ s, all after [\d.]+ s\nTokens \d+ in, \d+ out/);
    } finally {
      await gemini.stop();
    }
  });

  it("names the languages there are", async () => {
    const error = await run("hallo", {}, { language: "de" }).catch((reason: unknown) => reason);
    expect((error as OperatorError).message).to.equal("--language must be one of: en, fr");
  });
});
