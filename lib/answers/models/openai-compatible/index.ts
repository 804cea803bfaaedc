import type { Provider } from "../provider.ts";
import { checkOpenAiServer, listOpenAiModels } from "./openai-check.ts";
import { openOpenAiCompatible } from "./openai-client.ts";

/** Any server with OpenAI's chat completions: Ollama, llama.cpp, vLLM, LM Studio, OpenRouter, OpenAI. */
export const openAiCompatible: Provider = {
  check: checkOpenAiServer,
  list: listOpenAiModels,
  open: openOpenAiCompatible,
};
