import type { Provider } from "../provider.ts";
import { checkGeminiKey } from "./gemini-check.ts";
import { openGemini } from "./gemini-client.ts";

/** Gemini, through Google's client library. */
export const gemini: Provider = {
  check: checkGeminiKey,
  open: openGemini,
};
