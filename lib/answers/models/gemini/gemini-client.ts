import type { Content, GenerationConfig, GenerativeModel, SafetySetting } from "@google/generative-ai";
import * as z from "zod";
import type { Prompt, PromptTurn } from "../../generation/prompt.ts";
import { type EncodedAttachment, readAttachments } from "../attachments.ts";
import { cannotEmbed, checkedVectors } from "../embeddings.ts";
import type { AskOptions, Model, ModelPiece } from "../model.ts";
import { malformedResponse } from "../model-error.ts";
import type { ModelSettings } from "../provider.ts";
import { toModelError } from "./gemini-error.ts";
import { readPiece } from "./gemini-response.ts";
import { withGuardedFetch } from "./google-fetch.ts";

export const GOOGLE_BASE_URL = "https://generativelanguage.googleapis.com";

/** Tokens of an answer, including the model's thoughts where those have no budget of their own. */
const MAX_OUTPUT_TOKENS = 4096;
/** Texts in one request for embeddings: https://ai.google.dev/gemini-api/docs/embeddings */
const MAX_EMBEDDED_AT_ONCE = 100;

type Library = typeof import("@google/generative-ai");

/** Health education speaks plainly of bodies and sex; stricter defaults would refuse ordinary questions. */
const SAFETY = [
  { category: "HARM_CATEGORY_SEXUALLY_EXPLICIT", threshold: "BLOCK_ONLY_HIGH" },
] as unknown as SafetySetting[]; // the library's enums are values, and it is loaded later

/** See `Provider.open`. */
export async function openGemini(settings: ModelSettings): Promise<Model> {
  return new GeminiModel(await import("@google/generative-ai"), settings);
}

/**
 * Gemini through Google's client library, which only this folder imports. The library uses Node's fetch, which pools
 * connections and keeps an idle one for 4 s. CPU per streamed call, 4 rounds of 500 on a busy machine: 1.2 to 2.5 ms
 * with the library, 0.6 to 1.4 with fetch alone, 0.3 to 0.5 with `node:http`. A client of our own would save that much
 * of each call's seconds, at the price of parsing the stream.
 */
export class GeminiModel implements Model {
  readonly provider = "Gemini";
  readonly name: string;
  readonly embeddingModel: string | undefined;
  readonly #FetchError: Library["GoogleGenerativeAIFetchError"];
  readonly #gemini: GenerativeModel;
  readonly #embedder: GenerativeModel | undefined;

  constructor(
    { GoogleGenerativeAI, GoogleGenerativeAIFetchError }: Library,
    { apiKey = "", model, embeddingModel, thinking, baseUrl = GOOGLE_BASE_URL }: ModelSettings,
  ) {
    this.name = model;
    this.embeddingModel = embeddingModel;
    const options = { baseUrl: baseUrl.replace(/\/+$/, "") };
    this.#FetchError = GoogleGenerativeAIFetchError;
    const google = new GoogleGenerativeAI(apiKey);
    const generationConfig = { temperature: 0.3, ...lengths(thinking) };
    this.#gemini = google.getGenerativeModel({ model, generationConfig, safetySettings: SAFETY }, options);
    this.#embedder =
      embeddingModel === undefined
        ? undefined
        : google.getGenerativeModel({ model: embeddingModel }, options);
  }

  /** Gemini reads every type that the bot takes in. */
  reads(): boolean {
    return true;
  }

  async *ask(prompt: Prompt, { signal, attachments, streamed }: AskOptions): AsyncGenerator<ModelPiece> {
    signal.throwIfAborted(); // the library ignores a signal that has already aborted
    try {
      const contents = withFiles(prompt.turns, await readAttachments(attachments, signal));
      const request = { contents, systemInstruction: prompt.system };
      if (!streamed) {
        const { response } = await this.#calling(() => this.#gemini.generateContent(request, { signal }));
        yield readPiece(response);
        return;
      }
      const { stream, response } = await this.#calling(() =>
        this.#gemini.generateContentStream(request, { signal }),
      );
      response.catch(() => {}); // rejects with the stream's own error, unhandled otherwise
      for await (const body of stream) yield readPiece(body);
    } catch (error) {
      signal.throwIfAborted();
      throw toModelError(error);
    }
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    if (!this.#embedder) throw cannotEmbed(this.provider);
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += MAX_EMBEDDED_AT_ONCE) {
      vectors.push(...(await this.#embedBatch(texts.slice(start, start + MAX_EMBEDDED_AT_ONCE), signal)));
    }
    return vectors;
  }

  async #calling<T>(call: () => Promise<T>): Promise<T> {
    return await withGuardedFetch(this.#FetchError, call);
  }

  async #embedBatch(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    signal.throwIfAborted();
    const requests = texts.map((text) => ({ content: { role: "user", parts: [{ text }] } }));
    try {
      const response: unknown = await this.#calling(async () =>
        this.#embedder?.batchEmbedContents({ requests }, { signal }),
      );
      return readVectors(response, texts.length);
    } catch (error) {
      signal.throwIfAborted();
      throw toModelError(error);
    }
  }
}

const embeddings = z.object({ embeddings: z.array(z.object({ values: z.array(z.number()).min(1) })) });

function readVectors(response: unknown, count: number): Float32Array[] {
  const parsed = embeddings.safeParse(response);
  if (!parsed.success) throw malformedResponse(parsed.error);
  return checkedVectors(
    parsed.data.embeddings.map(({ values }) => values),
    count,
  );
}

/** `thinkingConfig` is younger than the library's types. */
function lengths(thinking: ModelSettings["thinking"]): GenerationConfig {
  if (typeof thinking !== "number") return { maxOutputTokens: MAX_OUTPUT_TOKENS };
  const config = {
    maxOutputTokens: MAX_OUTPUT_TOKENS + thinking,
    thinkingConfig: { thinkingBudget: thinking },
  };
  return config;
}

/** Puts the files just before the question, which is the last part, as Google advises. */
function withFiles(turns: readonly PromptTurn[], files: readonly EncodedAttachment[]): Content[] {
  const fileParts = files.map(({ mimeType, base64 }) => ({ inlineData: { mimeType, data: base64 } }));
  return turns.map(({ role, parts }, index) => ({
    role,
    parts: index === turns.length - 1 ? [...parts.slice(0, -1), ...fileParts, ...parts.slice(-1)] : parts,
  }));
}
