/** Fake models for tests and scripts; the running bot does not load them. */
export * from "./gemini/index.ts";
