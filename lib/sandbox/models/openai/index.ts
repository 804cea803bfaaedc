import { createFakeModel, type FakeModel, type FakeModelOptions } from "../fake-model.ts";
import { openAiWire } from "./openai-wire.ts";

/** A strict fake of an OpenAI-compatible server. */
export function createFakeOpenAi(options: FakeModelOptions): FakeModel {
  return createFakeModel(openAiWire, options);
}
