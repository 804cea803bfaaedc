import type { OpenAI } from "openai/client";
import type {
  ChatCompletionCreateParams,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import * as z from "zod";
import type { Prompt } from "../../generation/prompt.ts";
import { readAttachments } from "../attachments.ts";
import { cannotEmbed, checkedVectors } from "../embeddings.ts";
import { failureBehind, fetchFromModel } from "../http.ts";
import type { AskOptions, Model, ModelPiece } from "../model.ts";
import { malformedResponse } from "../model-error.ts";
import type { FileKind, ModelSettings } from "../provider.ts";
import { readErrorBody, toModelError } from "./openai-error.ts";
import { kindOf, messagesOf } from "./openai-request.ts";
import { readPiece } from "./openai-response.ts";

export const OPENAI_BASE_URL = "https://api.openai.com/v1";

/** Tokens of an answer, including the model's thoughts. */
const MAX_OUTPUT_TOKENS = 4096;
/** The client's own time limit; ours are shorter and end the call by its signal. */
const TIMEOUT_MS = 3_600_000;
/** Texts in one request for embeddings; servers of one's own take fewer than OpenAI's 2048. */
const MAX_EMBEDDED_AT_ONCE = 64;

/** What a call asks for besides its messages. Servers and models that do not know one of them refuse the call. */
interface Options {
  temperature?: number;
  max_tokens?: number;
  max_completion_tokens?: number;
  reasoning_effort?: ChatCompletionCreateParams["reasoning_effort"];
  stream_options?: { include_usage: true };
}

/** See `Provider.open`. */
export async function openOpenAiCompatible(settings: ModelSettings): Promise<Model> {
  return new OpenAiCompatibleModel(await import("openai/client"), settings);
}

/** A model behind OpenAI's chat completions, through the `openai` package, which only this folder imports. */
export class OpenAiCompatibleModel implements Model {
  readonly provider = "OpenAI-compatible model";
  readonly name: string;
  readonly embeddingModel: string | undefined;
  readonly #client: OpenAI;
  readonly #input: readonly FileKind[];
  /** Options that the server refused are left out of later calls. */
  #options: Options;

  constructor(
    { OpenAI: Client }: typeof import("openai/client"),
    { apiKey, model, baseUrl, embeddingModel, input = [], thinking }: ModelSettings,
  ) {
    this.name = model;
    this.embeddingModel = embeddingModel;
    this.#input = input;
    this.#client = new Client({
      // Null, because the client reads the environment for what is undefined.
      apiKey: apiKey || "none",
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      baseURL: baseUrl?.replace(/\/+$/, "") ?? OPENAI_BASE_URL,
      defaultHeaders: apiKey ? {} : { Authorization: null },
      maxRetries: 0, // ours wait for a slot
      timeout: TIMEOUT_MS,
      logLevel: "off", // it would log lines that it cannot parse, with people's words
      fetch: fetchFromModel,
    });
    this.#options = {
      temperature: 0.3,
      max_tokens: MAX_OUTPUT_TOKENS,
      stream_options: { include_usage: true },
      ...(typeof thinking === "string" ? { reasoning_effort: thinking as Options["reasoning_effort"] } : {}),
    };
  }

  reads(mimeType: string): boolean {
    const kind = kindOf(mimeType);
    return kind === "text" || (kind !== undefined && this.#input.includes(kind));
  }

  async *ask(prompt: Prompt, { signal, attachments, streamed }: AskOptions): AsyncGenerator<ModelPiece> {
    signal.throwIfAborted();
    try {
      const messages = messagesOf(prompt, await readAttachments(attachments, signal));
      if (!streamed) {
        yield readPiece(await this.#create({ messages, stream: false }, signal));
        return;
      }
      const stream = await this.#create({ messages, stream: true }, signal);
      for await (const chunk of stream as AsyncIterable<unknown>) yield readPiece(chunk);
      signal.throwIfAborted(); // the client ends an aborted stream without an error
    } catch (error) {
      signal.throwIfAborted();
      if (!isFiltered(error)) throw toModelError(error);
      yield { text: "", blocked: "PROMPT_CONTENT_FILTER" };
    }
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    const { embeddingModel: model } = this;
    if (model === undefined) throw cannotEmbed(this.provider);
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += MAX_EMBEDDED_AT_ONCE) {
      const input = texts.slice(start, start + MAX_EMBEDDED_AT_ONCE);
      signal.throwIfAborted();
      try {
        // By default the client asks for base64, which servers of one's own do not all send.
        const response = await this.#client.embeddings.create(
          { model, input, encoding_format: "float" },
          { signal },
        );
        vectors.push(...readVectors(response, input.length));
      } catch (error) {
        signal.throwIfAborted();
        throw toModelError(error);
      }
    }
    return vectors;
  }

  /** Makes the call without an option that this server refuses, such as `temperature` for OpenAI's thinking models. */
  async #create(
    request: { messages: ChatCompletionMessageParam[]; stream: boolean },
    signal: AbortSignal,
  ): Promise<unknown> {
    for (;;) {
      const options = { ...this.#options };
      if (!request.stream) delete options.stream_options;
      try {
        const params = { model: this.name, ...request, ...options } as ChatCompletionCreateParams;
        return await this.#client.chat.completions.create(params, { signal });
      } catch (error) {
        if (!this.#learnFrom(error, options)) throw error;
      }
    }
  }

  /** Whether the server refused one of the options of this call, which is then left out or renamed. */
  #learnFrom(error: unknown, used: Options): boolean {
    const failure = failureBehind(error);
    if (failure?.status !== 400 && failure?.status !== 422) return false;
    const { param, message = "" } = readErrorBody(failure.body);
    const refused = (Object.keys(used) as (keyof Options)[]).find(
      (name) => param === name || (param === undefined && message.includes(name)),
    );
    if (refused === undefined) return false;
    const { [refused]: _refused, ...rest } = this.#options;
    this.#options = refused === "max_tokens" ? { ...rest, max_completion_tokens: MAX_OUTPUT_TOKENS } : rest;
    return true;
  }
}

/** Whether a filter before the model refused the prompt. */
function isFiltered(error: unknown): boolean {
  const failure = failureBehind(error);
  const { reason } = readErrorBody(failure?.body);
  return reason === "content_filter" || reason === "content_policy_violation";
}

const embeddings = z.object({
  data: z.array(z.object({ index: z.number().optional(), embedding: z.array(z.number()).min(1) })),
});

function readVectors(response: unknown, count: number): Float32Array[] {
  const parsed = embeddings.safeParse(response);
  if (!parsed.success) throw malformedResponse(parsed.error);
  const inOrder = parsed.data.data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
  return checkedVectors(
    inOrder.map(({ embedding }) => embedding),
    count,
  );
}
