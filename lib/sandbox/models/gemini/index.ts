import { createFakeModel, type FakeModel, type FakeModelOptions } from "../fake-model.ts";
import { geminiWire } from "./gemini-wire.ts";

/** A strict fake of the Gemini API. */
export function createFakeGemini(options: FakeModelOptions): FakeModel {
  return createFakeModel(geminiWire, options);
}
