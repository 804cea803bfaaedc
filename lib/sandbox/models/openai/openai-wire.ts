import type { Reply, Wire } from "../wire.ts";
import { dailyQuotaUsedUp, openAiError, rateLimited } from "./openai-error.ts";
import { readChatRequest, readEmbedRequest, route } from "./request.ts";

/** OpenAI's chat completions and embeddings, as servers of one's own offer them. */
export const openAiWire: Wire = {
  root: "/v1",
  errors: {
    rateLimited,
    dailyQuota: dailyQuotaUsedUp,
    status: ({ status, message = "Ordered by a test.", reason }) =>
      openAiError(status, message, reason ? { code: reason } : {}),
    of: (status, message) => openAiError(status, message),
  },
  route,
  readAnswer: (_request, body, known) => readChatRequest(body, known),
  readTexts: readEmbedRequest,
  describe: (model) => ({ id: model, object: "model", created: 1_700_000_000, owned_by: "test" }),
  list: ({ model, embeddingModel }) => ({
    object: "list",
    data: [openAiWire.describe(model), openAiWire.describe(embeddingModel)],
  }),
  vectors: (vectors, model) => ({
    object: "list",
    model,
    data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
    usage: { prompt_tokens: 1, total_tokens: 1 },
  }),
  whole: (reply, text, finish) => ({
    ...headOf(reply, "chat.completion"),
    choices: [
      { index: 0, message: { role: "assistant", content: text }, finish_reason: finishReason(finish) },
    ],
    usage: usageOf(reply),
  }),
  blocked: () => ({
    error: openAiError(400, "The prompt triggered the content management policy. Please modify it.", {
      code: "content_filter",
    }),
  }),
  empty: (reply) => chunkBody(reply, {}, "STOP"),
  events: {
    begin: (reply) => chunk(reply, { role: "assistant", content: "" }),
    piece: (reply, text, finish) =>
      chunk(reply, { content: text }) + (finish === undefined ? "" : chunk(reply, {}, finish)),
    thought: (reply, text) => chunk(reply, { reasoning_content: text }),
    data: event,
    end: (reply) => `${reply.asked.hasUsage ? usageChunk(reply) : ""}data: [DONE]\n\n`,
  },
};

function headOf({ model }: Reply, object: string): object {
  return { id: "chatcmpl-test", object, created: 1_700_000_000, model };
}

function usageOf(reply: Reply): unknown {
  if ("usageSent" in reply) return reply.usageSent;
  const { promptTokens: prompt_tokens, outputTokens: completion_tokens } = reply.usage;
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function chunkBody(reply: Reply, delta: object, finish?: string): object {
  return {
    ...headOf(reply, "chat.completion.chunk"),
    choices: [{ index: 0, delta, finish_reason: finish === undefined ? null : finishReason(finish) }],
  };
}

function chunk(reply: Reply, delta: object, finish?: string): string {
  return event(chunkBody(reply, delta, finish));
}

function usageChunk(reply: Reply): string {
  return event({ ...headOf(reply, "chat.completion.chunk"), choices: [], usage: usageOf(reply) });
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

const FINISH_REASONS: Readonly<Record<string, string>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  BLOCKLIST: "content_filter",
  SPII: "content_filter",
};

function finishReason(reason: string): string {
  return FINISH_REASONS[reason] ?? reason.toLowerCase();
}
