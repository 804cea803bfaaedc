import type { IncomingMessage } from "node:http";
import * as z from "zod";
import type { ModelRequest } from "../model-request.ts";
import { isWireError, type Known, type Target, type WireError } from "../wire.ts";
import { googleError, invalidKey, missingKey, unknownModel } from "./google-error.ts";

const METHODS = {
  generateContent: "answer",
  streamGenerateContent: "answer",
  batchEmbedContents: "embed",
} as const;
const PATH = /^\/v1beta\/models\/(?<model>[\w.-]+)(?::(?<method>\w+))?$/;

/** The operation that an HTTP request asks for, or the error to answer. */
export function route({ method, url, headers }: IncomingMessage, known: Known): Target | WireError {
  const { pathname, searchParams } = new URL(url ?? "/", "http://127.0.0.1");
  const key = headers["x-goog-api-key"] ?? searchParams.get("key");
  if (!key) return missingKey();
  if (key !== known.apiKey) return invalidKey();
  const path = PATH.exec(pathname)?.groups;
  const target = path?.method === undefined ? "describe" : METHODS[path.method as keyof typeof METHODS];
  if (!path || !target || method !== (target === "describe" ? "GET" : "POST")) {
    return googleError(404, "The requested URL was not found on this server.");
  }
  if (path.model !== (target === "embed" ? known.embeddingModel : known.model))
    return unknownModel(path.model ?? "");
  if (isStream(url) && searchParams.get("alt") !== "sse") {
    return googleError(400, "This fake streams server-sent events only: add ?alt=sse.");
  }
  return target;
}

/** Whether the request asks for a stream. */
export function isStream(url: string | undefined): boolean {
  return url?.includes(":streamGenerateContent") ?? false;
}

const textPart = z.strictObject({ text: z.string().min(1) });

const filePart = z.strictObject({
  inlineData: z.strictObject({ mimeType: z.string().regex(/^\w+\/[\w.+-]+$/), data: z.base64().min(1) }),
});

const content = z.strictObject({
  role: z.enum(["user", "model"]),
  parts: z.array(z.union([textPart, filePart])).min(1),
});

const systemInstruction = z.strictObject({ role: z.string().optional(), parts: z.array(textPart).min(1) });

const generateRequest = z.strictObject({
  contents: z.array(content).min(1),
  systemInstruction: systemInstruction.optional(),
  system_instruction: systemInstruction.optional(),
  generationConfig: z.record(z.string(), z.unknown()).optional(),
  safetySettings: z
    .array(
      z.strictObject({
        category: z.string().startsWith("HARM_CATEGORY_"),
        threshold: z.enum([
          "BLOCK_LOW_AND_ABOVE",
          "BLOCK_MEDIUM_AND_ABOVE",
          "BLOCK_ONLY_HIGH",
          "BLOCK_NONE",
          "OFF",
        ]),
      }),
    )
    .optional(),
});

/** Parses a request body as strictly as Google does, and requires that turns alternate and end with the user. */
export function readGenerateRequest(json: string): ModelRequest | WireError {
  const body = parseJson(json);
  if (isWireError(body)) return body;
  const parsed = generateRequest.safeParse(body);
  if (!parsed.success) return googleError(400, z.prettifyError(parsed.error));
  const { contents } = parsed.data;
  const alternate = contents.every(({ role }, index) => role === (index % 2 === 0 ? "user" : "model"));
  if (!alternate || contents.length % 2 === 0) {
    return googleError(
      400,
      "Please ensure that multiturn requests alternate between user and model and end with user.",
    );
  }
  const system = parsed.data.systemInstruction ?? parsed.data.system_instruction;
  const last = contents.at(-1)?.parts ?? [];
  return {
    system: system?.parts.map(({ text }) => text).join("\n") ?? "",
    turns: contents.map(({ role, parts }) => ({ role, text: textsOf(parts).join("\n") })),
    question: textsOf(last).at(-1) ?? "",
    files: last.flatMap((part) =>
      "inlineData" in part
        ? [
            {
              mimeType: part.inlineData.mimeType,
              sizeBytes: Buffer.byteLength(part.inlineData.data, "base64"),
            },
          ]
        : [],
    ),
    options: parsed.data.generationConfig ?? {},
  };
}

const embedRequest = z.strictObject({
  requests: z
    .array(
      z.strictObject({
        model: z.string(),
        content: z.strictObject({ role: z.string().optional(), parts: z.array(textPart).min(1) }),
        taskType: z.string().optional(),
      }),
    )
    .min(1)
    .max(100),
});

/** Parses a request for embeddings: the texts, in order. */
export function readEmbedRequest(json: string, { embeddingModel }: Known): readonly string[] | WireError {
  const body = parseJson(json);
  if (isWireError(body)) return body;
  const parsed = embedRequest.safeParse(body);
  if (!parsed.success) return googleError(400, z.prettifyError(parsed.error));
  const { requests } = parsed.data;
  if (requests.some(({ model }) => model !== `models/${embeddingModel}`)) {
    return googleError(400, "The model in each request must match the model in the URL.");
  }
  return requests.map(({ content: { parts } }) => textsOf(parts).join("\n"));
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return googleError(400, "Invalid JSON payload received. Unexpected token.");
  }
}

function textsOf(parts: readonly z.infer<typeof content>["parts"][number][]): string[] {
  return parts.flatMap((part) => ("text" in part ? [part.text] : []));
}
