import { expect } from "chai";
import { createAnswers } from "../../lib/answers/index.ts";
import { previewModel } from "../../lib/app/preview-model.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { createModelPreview } from "../../lib/sandbox/index.ts";
import { passages } from "../answers/passages.ts";
import { question } from "../answers/support.ts";

/** Lets every pause pass at once, except time limits. */
const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (ms < 20_000) setImmediate(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    }),
};

describe("the simulated model of the chat page", () => {
  it("answers while it is switched on, fails when it is told to, and is not asked while it is off", async () => {
    const preview = createModelPreview(clock);
    const answers = createAnswers({
      passages,
      persona: "Kind.",
      rules: [],
      models: [previewModel(preview)],
      clock,
      random: () => 0.5,
      logger: silentLogger,
    });
    const ask = () => answers.answer(question());
    try {
      expect(await ask()).to.include({ origin: "library", why: "no-model" });
      expect(answers.askable({})).to.equal("no-model");
      preview.setMode("answers");
      expect(await ask()).to.include({ origin: "model", model: "simulated-model" });
      expect(answers.askable({})).to.equal("model");
      preview.setMode("fails");
      expect(await ask()).to.include({ origin: "library", why: "model-failed" });
      preview.setMode("off");
      expect(await ask()).to.include({ why: "no-model" });
    } finally {
      await answers.close();
      await preview.close();
    }
  });
});
