export type { AnswerLatency } from "./answer-stream.ts";
export type { GeminiCall } from "./calls.ts";
export { createFakeGemini, type FakeGemini, type FakeGeminiOptions } from "./fake-gemini.ts";
export type { GeminiFault } from "./faults.ts";
export type { GenerateRequest } from "./request.ts";
