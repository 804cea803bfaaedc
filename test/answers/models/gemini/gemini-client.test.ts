import { expect } from "chai";
import { type ModelSetup, openModel } from "../../../../lib/answers/index.ts";
import { createFakeGemini, type FakeModel } from "../../../../lib/sandbox/models/index.ts";
import { collect } from "../../../support/collect.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

const prompt = {
  system: "Be kind.",
  turns: [{ role: "user" as const, parts: [{ text: "What is this?" }] }],
};

describe("the client of Gemini", () => {
  let fake: FakeModel;
  let settings: ModelSetup;

  beforeEach(async () => {
    fake = createFakeGemini({ clock: new FakeClock(), apiKey: "a-key", model: "gemini-test" });
    const { baseUrl } = await fake.start();
    settings = { provider: "gemini", apiKey: "a-key", model: "gemini-test", baseUrl };
  });
  afterEach(async () => await fake.stop());

  /** What a call asks for besides its text. */
  const optionsOf = async (changes: Partial<ModelSetup>): Promise<unknown> => {
    const model = await openModel({ ...settings, ...changes });
    const { signal } = new AbortController();
    await collect(model.ask(prompt, { signal, attachments: [], streamed: true }));
    return fake.calls.at(-1)?.options;
  };

  it("limits the answer", async () => {
    expect(await optionsOf({})).to.deep.equal({ temperature: 0.3, maxOutputTokens: 4096 });
  });

  it("lets the model think for as many tokens as it is set to, beside those of the answer", async () => {
    expect(await optionsOf({ thinking: 1_000 })).to.deep.equal({
      temperature: 0.3,
      maxOutputTokens: 5_096,
      thinkingConfig: { thinkingBudget: 1_000 },
    });
    expect(await optionsOf({ thinking: 0 })).to.deep.include({ thinkingConfig: { thinkingBudget: 0 } });
  });
});
