import * as z from "zod";
import { hideSecrets, OperatorError } from "../../../core/index.ts";
import { describeFailure, getJson } from "../check.ts";
import type { ModelCheckDeps, ModelSettings } from "../provider.ts";
import { oneLine } from "../quotable.ts";
import { GOOGLE_BASE_URL } from "./gemini-client.ts";
import { readErrorBody } from "./gemini-error.ts";

/**
 * Asks Google once about the key and the model. A Gemini that cannot be reached or fails is only logged: it may be back
 * for the first question.
 * @throws OperatorError when the key or the model is wrong
 */
export async function checkGeminiKey(
  options: ModelSettings,
  { clock, logger }: ModelCheckDeps,
): Promise<void> {
  const { apiKey = "", model, baseUrl = GOOGLE_BASE_URL } = options;
  const name = model.includes("/") ? model : `models/${model}`;
  const url = `${baseUrl.replace(/\/+$/, "")}/v1beta/${name}`;
  const { status, body } = await getJson(url, { "x-goog-api-key": apiKey }, clock).catch((error: unknown) => {
    logger.warn("Gemini cannot be reached; trying again with the first question", {
      reason: describeFailure(error),
    });
    return { status: undefined, body: undefined };
  });
  if (status === undefined) return;
  const mistake = mistakeOf(status, body, options);
  if (mistake) throw mistake;
  if (status !== 200) {
    logger.warn("Gemini could not check the key now; the bot starts all the same", { status });
  }
}

const modelBody = z.object({ supportedGenerationMethods: z.array(z.string()) });

function mistakeOf(
  status: number,
  body: unknown,
  { apiKey = "", model }: ModelSettings,
): OperatorError | undefined {
  const { message, reason } = readErrorBody(body);
  const said = message === undefined ? "" : ` Google says: ${hideSecrets(oneLine(message), [apiKey])}`;
  if (status >= 300 && status < 400) {
    return new OperatorError(
      "GEMINI_BASE_URL redirects to another address, and redirects are not followed. Set it to the final address.",
      { code: "GEMINI_REDIRECTS" },
    );
  }
  if (reason === "API_KEY_INVALID" || status === 401) {
    return new OperatorError(
      "GEMINI_API_KEY is not a valid key. Copy it again from https://aistudio.google.com/apikey, or leave it out to answer from the library only.",
      { code: "GEMINI_KEY_INVALID" },
    );
  }
  if (status === 403) {
    return new OperatorError(
      `GEMINI_API_KEY may not use the Gemini API. Allow the "Generative Language API" for its project, or make a new key.${said}`,
      { code: "GEMINI_KEY_FORBIDDEN" },
    );
  }
  if (status === 404) {
    return new OperatorError(
      `Gemini knows no model "${model}". Set GEMINI_MODEL to one listed at https://ai.google.dev/gemini-api/docs/models (and check GEMINI_BASE_URL if it is set).`,
      { code: "GEMINI_MODEL_UNKNOWN" },
    );
  }
  if (status === 400) {
    return new OperatorError(`Gemini refuses GEMINI_API_KEY or GEMINI_MODEL.${said}`, {
      code: "GEMINI_REFUSED",
    });
  }
  const methods = modelBody.safeParse(body).data?.supportedGenerationMethods;
  if (status === 200 && methods && !methods.includes("generateContent")) {
    return new OperatorError(
      `The model "${model}" cannot answer questions. Set GEMINI_MODEL to one that supports generateContent.`,
      { code: "GEMINI_MODEL_UNSUITABLE" },
    );
  }
  return undefined;
}
