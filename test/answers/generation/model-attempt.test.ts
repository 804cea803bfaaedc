import { expect } from "chai";
import { askOnce } from "../../../lib/answers/generation/model-attempt.ts";
import type { TokenUsage } from "../../../lib/answers/index.ts";
import type { Model } from "../../../lib/answers/models/model.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("a call to a model that is left while it thinks", () => {
  it("counts the thoughts that came, since they are paid for", async () => {
    const leaving = new AbortController();
    const model = {
      async *ask() {
        yield { text: "", thoughtLength: 4_000 };
        leaving.abort(new Error("left"));
        leaving.signal.throwIfAborted();
      },
    } as unknown as Model;
    const used: TokenUsage[] = [];
    const asked = askOnce({
      model,
      clock: new FakeClock(),
      prompt: { system: "", turns: [] },
      promptTokens: 50,
      attachments: [],
      streamed: true,
      firstWordMs: 90_000,
      silenceMs: 20_000,
      signal: leaving.signal,
      onText: () => {},
      onUsage: (usage) => void used.push(usage),
    });
    expect(await asked.catch((error: Error) => error.message)).to.equal("left");
    expect(used).to.deep.equal([{ promptTokens: 50, outputTokens: 1_000 }]);
  });
});
