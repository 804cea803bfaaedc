import { isWireError, type Reply, type Wire } from "../wire.ts";
import { dailyQuotaUsedUp, googleError, rateLimited } from "./google-error.ts";
import { isStream, readEmbedRequest, readGenerateRequest, route } from "./request.ts";

/** The Gemini API, v1beta. */
export const geminiWire: Wire = {
  root: "",
  errors: {
    rateLimited,
    dailyQuota: dailyQuotaUsedUp,
    status({ status, message = "Ordered by a test.", reason }) {
      const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason };
      return googleError(status, message, reason ? [info] : undefined);
    },
    of: (status, message) => googleError(status, message),
  },
  route,
  readAnswer({ url }, body) {
    const request = readGenerateRequest(body);
    return isWireError(request) ? request : { request, streamed: isStream(url), hasUsage: true };
  },
  readTexts: readEmbedRequest,
  describe: (model) => ({
    name: `models/${model}`,
    displayName: model,
    supportedGenerationMethods: ["generateContent", "countTokens"],
  }),
  list: ({ model }) => ({ models: [{ name: `models/${model}` }] }),
  vectors: (vectors) => ({ embeddings: vectors.map((values) => ({ values })) }),
  whole: responseOf,
  blocked: (_reply, blockReason) => ({ body: { promptFeedback: { blockReason } } }),
  empty: () => ({ candidates: [{ content: { role: "model" }, finishReason: "STOP", index: 0 }] }),
  events: {
    begin: () => "",
    piece: (reply, text, finish) => event(responseOf(reply, text, finish)),
    thought: (_reply, text) =>
      event({ candidates: [{ content: { parts: [{ text, thought: true }], role: "model" }, index: 0 }] }),
    data: event,
    end: () => "",
  },
};

function responseOf(reply: Reply, text: string, finishReason: string | undefined): object {
  const { promptTokens: promptTokenCount, outputTokens: candidatesTokenCount } = reply.usage;
  const totalTokenCount = promptTokenCount + candidatesTokenCount;
  const usageMetadata =
    "usageSent" in reply ? reply.usageSent : { promptTokenCount, candidatesTokenCount, totalTokenCount };
  return {
    candidates: [
      {
        content: { parts: [{ text }], role: "model" },
        ...(finishReason ? { finishReason } : {}),
        index: 0,
      },
    ],
    usageMetadata,
    modelVersion: reply.model,
  };
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\r\n\r\n`;
}
