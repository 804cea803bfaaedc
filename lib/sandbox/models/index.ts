/** Fake models for tests, scripts and the chat page; a bot with a real Telegram does not load them. */
export type { AnswerLatency } from "./answer-stream.ts";
export type { ModelCall } from "./calls.ts";
export { standInVector } from "./embeddings.ts";
export type { FakeModel, FakeModelOptions } from "./fake-model.ts";
export type { ModelFault } from "./faults.ts";
export { createFakeGemini } from "./gemini/index.ts";
export type { ModelRequest } from "./model-request.ts";
export { createFakeOpenAi } from "./openai/index.ts";
export { countTokens } from "./reply.ts";
