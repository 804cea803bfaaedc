import { type AvailableModel, type Model, openModel } from "../answers/index.ts";
import type { ModelPreview } from "../sandbox/index.ts";

/** One call at a time, so that a second question shows how people wait. */
const LIMITS = { maxConcurrent: 1 };

/** The sandbox's simulated model as one that answers while it is switched on. */
export function previewModel(preview: ModelPreview): AvailableModel {
  let opened: Promise<Model> | undefined;
  const open = async (): Promise<Model> => {
    const { baseUrl, model } = await preview.open();
    return await openModel({ provider: "openai", apiKey: undefined, baseUrl, model });
  };
  const model: Model = {
    provider: "Simulated model",
    name: "simulated-model",
    embeddingModel: undefined,
    reads: () => false,
    async *ask(prompt, options) {
      opened ??= open();
      yield* (await opened).ask(prompt, options);
    },
    async embed(texts, signal) {
      opened ??= open();
      return await (await opened).embed(texts, signal);
    },
  };
  return { model, limits: LIMITS, isOn: () => preview.mode() !== "off" };
}
