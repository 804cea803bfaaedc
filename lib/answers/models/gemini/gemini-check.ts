import * as z from "zod";
import {
  type Clock,
  errorCode,
  errorMessage,
  type Logger,
  OperatorError,
  withDeadline,
} from "../../../core/index.ts";
import type { GeminiOptions } from "./gemini-client.ts";
import { reasonOf } from "./gemini-error.ts";

export interface GeminiCheckDeps {
  clock: Clock;
  logger: Logger;
}

/** The options of a usable model; the operator's mistake when a key was given and is of no use. */
export interface GeminiCheck {
  options?: GeminiOptions;
  problem?: string;
}

const GOOGLE_BASE_URL = "https://generativelanguage.googleapis.com";
const CHECK_MS = 10_000;

/** Checks the settings of Gemini, if there is a key. A mistake in them is logged, and the bot runs without a model. */
export async function checkGemini(
  { apiKey, model, baseUrl }: Omit<GeminiOptions, "apiKey"> & { apiKey: string | undefined },
  deps: GeminiCheckDeps,
): Promise<GeminiCheck> {
  if (apiKey === undefined) return {};
  const options = { apiKey, model, baseUrl };
  try {
    await checkGeminiKey(options, deps);
    return { options };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    deps.logger.error(error.message);
    return { problem: error.message };
  }
}

/**
 * Asks Google once about the key and the model. A Gemini that cannot be reached or fails is only logged: it may be back
 * for the first question.
 * @throws OperatorError when the key or the model is wrong
 */
export async function checkGeminiKey(
  options: GeminiOptions,
  { clock, logger }: GeminiCheckDeps,
): Promise<void> {
  let status: number;
  let body: unknown;
  try {
    ({ status, body } = await describeModel(options, clock));
  } catch (error) {
    logger.warn("Gemini cannot be reached; the library answers until it can", { reason: reasonFor(error) });
    return;
  }
  const mistake = mistakeOf(status, body, options);
  if (mistake) throw mistake;
  if (status !== 200) {
    logger.warn("Gemini could not check the key now; the bot starts all the same", { status });
  }
}

async function describeModel(
  { apiKey, model, baseUrl = GOOGLE_BASE_URL }: GeminiOptions,
  clock: Clock,
): Promise<{ status: number; body: unknown }> {
  const name = model.includes("/") ? model : `models/${model}`;
  return await withDeadline(clock, CHECK_MS, undefined, async (signal) => {
    const response = await fetch(`${baseUrl.replace(/\/+$/, "")}/v1beta/${name}`, {
      headers: { "x-goog-api-key": apiKey },
      signal,
    });
    const text = await response.text();
    return { status: response.status, body: parseJson(text) };
  });
}

/** `fetch` puts the reason (such as ECONNREFUSED) into its error's cause. */
function reasonFor(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${errorCode(error.cause)}` : "";
  return `${errorMessage(error)}${cause}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's HTML page; the status is enough
  }
}

const errorBody = z.object({ error: z.object({ message: z.string(), details: z.unknown().optional() }) });
const modelBody = z.object({ supportedGenerationMethods: z.array(z.string()) });

function mistakeOf(
  status: number,
  body: unknown,
  { apiKey, model }: GeminiOptions,
): OperatorError | undefined {
  const error = errorBody.safeParse(body).data?.error;
  const said = error ? ` Google says: ${oneLine(error.message.replaceAll(apiKey, "[secret]"))}` : "";
  if (reasonOf(error?.details) === "API_KEY_INVALID" || status === 401) {
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

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 300);
}
