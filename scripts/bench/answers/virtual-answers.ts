import { createAnswers, type Model } from "../../../lib/answers/index.ts";
import { silentLogger } from "../../../lib/core/index.ts";
import type { Job } from "../../simulate/report/bounds.ts";
import { askAll, SLOTS } from "./answer-loads.ts";
import { VirtualClock } from "./virtual-clock.ts";

/**
 * The response times of the real scheduler with a model in this process and a virtual clock: they depend only on its
 * decisions, and the same jobs give the same result.
 */
export async function respondInVirtualTime(jobs: readonly Job[], awaited = jobs.length): Promise<number[]> {
  const clock = new VirtualClock();
  const model: Model = {
    provider: "Virtual",
    name: "virtual",
    embeddingModel: undefined,
    reads: () => false,
    embed: () => Promise.reject(new Error("not in this bench")),
    async *ask({ turns }, { signal }) {
      const asked = turns.at(-1)?.parts.at(-1)?.text.split(" ")[1];
      await clock.sleep(jobs[Number(asked)]?.duration ?? 0, signal);
      yield { text: "An answer.", finish: "complete" };
    },
  };
  const answers = createAnswers({
    passages: [],
    persona: "You answer.",
    rules: [],
    models: [{ model, limits: { maxConcurrent: SLOTS } }],
    clock,
    random: () => 0.5,
    logger: silentLogger,
  });
  await answers.getReady(); // works in slices, during which the clock would go on
  const startedAt = clock.now();
  const now = (): number => clock.now() - startedAt;
  const responses = await clock.pass(askAll(jobs, awaited, answers, { now, sleep: (ms) => clock.sleep(ms) }));
  await answers.close();
  return responses;
}
