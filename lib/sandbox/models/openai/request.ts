import type { IncomingMessage } from "node:http";
import * as z from "zod";
import type { ModelRequest } from "../model-request.ts";
import { type AskedAnswer, isWireError, type Known, type Target, type WireError } from "../wire.ts";
import { invalidKey, missingKey, openAiError, unknownModel } from "./openai-error.ts";

const ROUTES: Readonly<Record<string, Target>> = {
  "GET /v1/models": "list",
  "POST /v1/chat/completions": "answer",
  "POST /v1/embeddings": "embed",
};

/** The operation that an HTTP request asks for, or the error to answer. */
export function route({ method, url, headers }: IncomingMessage, known: Known): Target | WireError {
  const key = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
  if (key !== known.apiKey) return key === "" ? missingKey() : invalidKey();
  const { pathname } = new URL(url ?? "/", "http://127.0.0.1");
  const target = ROUTES[`${method} ${pathname}`];
  if (target) return target;
  const described = method === "GET" ? /^\/v1\/models\/(.+)$/.exec(pathname)?.[1] : undefined;
  if (described === undefined) return openAiError(404, `Invalid URL (${method} ${pathname})`);
  return decodeURIComponent(described) === known.model ? "describe" : unknownModel(described);
}

const textPart = z.strictObject({ type: z.literal("text"), text: z.string().min(1) });
const imagePart = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({ url: z.string().regex(/^data:image\/\w+;base64,[\w+/=]+$/) }),
});
const soundPart = z.strictObject({
  type: z.literal("input_audio"),
  input_audio: z.strictObject({ data: z.base64().min(1), format: z.string().min(1) }),
});
const documentPart = z.strictObject({
  type: z.literal("file"),
  file: z.strictObject({
    filename: z.string().min(1),
    file_data: z.string().regex(/^data:application\/pdf;base64,[\w+/=]+$/),
  }),
});
const userMessage = z.strictObject({
  role: z.literal("user"),
  content: z.union([
    z.string().min(1),
    z.array(z.union([textPart, imagePart, soundPart, documentPart])).min(1),
  ]),
});
const otherMessage = z.strictObject({ role: z.enum(["system", "assistant"]), content: z.string().min(1) });

const chatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(z.union([userMessage, otherMessage])).min(1),
  stream: z.boolean().optional(),
  stream_options: z.strictObject({ include_usage: z.boolean() }).optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  reasoning_effort: z.string().optional(),
});

/** Parses a request body strictly, and requires that turns alternate and end with the user, as many models do. */
export function readChatRequest(json: string, known: Known): AskedAnswer | WireError {
  const body = parseJson(json);
  if (isWireError(body)) return body;
  const parsed = chatRequest.safeParse(body);
  if (!parsed.success) return openAiError(400, z.prettifyError(parsed.error));
  const { model, messages, stream = false, stream_options, ...options } = parsed.data;
  if (model !== known.model) return unknownModel(model);
  if (stream_options && !stream) {
    return openAiError(400, "stream_options is only allowed with stream.", { param: "stream_options" });
  }
  const [first, ...rest] = messages;
  const system = first?.role === "system" ? first.content : "";
  const turns = first?.role === "system" ? rest : messages;
  const alternate = turns.every(({ role }, index) => role === (index % 2 === 0 ? "user" : "assistant"));
  if (!alternate || turns.length % 2 === 0) {
    return openAiError(400, "Conversation roles must alternate user/assistant/user/assistant/...");
  }
  return {
    request: requestOf(system, turns, options),
    streamed: stream,
    hasUsage: stream_options?.include_usage ?? false,
  };
}

type Message = z.infer<typeof chatRequest>["messages"][number];

function requestOf(
  system: string,
  turns: readonly Message[],
  options: Readonly<Record<string, unknown>>,
): ModelRequest {
  const last = turns.at(-1)?.content ?? "";
  return {
    system,
    turns: turns.map(({ role, content }) => ({
      role: role === "user" ? "user" : "model",
      text: textOf(content),
    })),
    question: withoutNotes(textOf(last)),
    files: typeof last === "string" ? [] : last.flatMap((part) => fileOf(part) ?? []),
    options,
  };
}

/** Messages are one text here: the bot's notes about a question stand before it in parentheses, a paragraph each. */
function withoutNotes(text: string): string {
  return text.replace(/^(?:\([^\n]*\)\n\n)+/, "");
}

function textOf(content: Message["content"]): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

const SOUND_TYPES: Record<string, string> = { mp3: "audio/mpeg", m4a: "audio/mp4" };

function fileOf(
  part: Exclude<Message["content"], string>[number],
): ModelRequest["files"][number] | undefined {
  if (part.type === "text") return undefined;
  if (part.type === "input_audio") {
    const { data, format } = part.input_audio;
    const mimeType = SOUND_TYPES[format] ?? `audio/${format}`;
    return { mimeType, sizeBytes: Buffer.byteLength(data, "base64") };
  }
  const url = part.type === "file" ? part.file.file_data : part.image_url.url;
  const [, mimeType = "", data = ""] = /^data:(.+);base64,(.+)$/.exec(url) ?? [];
  return { mimeType, sizeBytes: Buffer.byteLength(data, "base64") };
}

const embedRequest = z.strictObject({
  model: z.string(),
  input: z.array(z.string().min(1)).min(1).max(2048),
  encoding_format: z.literal("float"),
});

/** Parses a request for embeddings: the texts, in order. */
export function readEmbedRequest(json: string, { embeddingModel }: Known): readonly string[] | WireError {
  const body = parseJson(json);
  if (isWireError(body)) return body;
  const parsed = embedRequest.safeParse(body);
  if (!parsed.success) return openAiError(400, z.prettifyError(parsed.error));
  return parsed.data.model === embeddingModel ? parsed.data.input : unknownModel(parsed.data.model);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return openAiError(400, "We could not parse the JSON body of your request.");
  }
}
