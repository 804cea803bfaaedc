import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { AppError } from "../../../core/index.ts";
import { type GoogleError, googleError, invalidKey, missingKey, unknownModel } from "./google-error.ts";

const PATH = /^\/v1beta\/models\/(?<model>[\w.-]+)(?::(?<method>generateContent|streamGenerateContent))?$/;

/** The operation that an HTTP request asks for, or the error to answer. */
export function route(
  { method, url, headers }: IncomingMessage,
  known: { apiKey: string; model: string },
): "describe" | "whole" | "stream" | GoogleError {
  const { pathname, searchParams } = new URL(url ?? "/", "http://127.0.0.1");
  const key = headers["x-goog-api-key"] ?? searchParams.get("key");
  if (!key) return missingKey();
  if (key !== known.apiKey) return invalidKey();
  const path = PATH.exec(pathname)?.groups;
  const isAsked = path && method === (path.method === undefined ? "GET" : "POST");
  if (!isAsked) return googleError(404, "The requested URL was not found on this server.");
  if (path.model !== known.model) return unknownModel(path.model ?? "");
  if (path.method === undefined) return "describe";
  if (path.method === "generateContent") return "whole";
  if (searchParams.get("alt") === "sse") return "stream";
  return googleError(400, "This fake streams server-sent events only: add ?alt=sse.");
}

/** Google's limit: https://ai.google.dev/gemini-api/docs/files */
const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** Reads a request's body. @throws AppError when it is larger than Google's limit. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new AppError("The body is too large.", { code: "BODY_TOO_LARGE" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
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

/** The parsed body of a call. */
export interface GenerateRequest {
  /** The system instruction as one text; empty if there is none. */
  system: string;
  /** The turns of the conversation, the question last. */
  turns: readonly { role: "user" | "model"; text: string }[];
  /** The last text of the last turn. */
  question: string;
  /** The files of the last turn. */
  files: readonly { mimeType: string; sizeBytes: number }[];
}

/** Parses a request body as strictly as Google does, and requires that turns alternate and end with the user. */
export function readGenerateRequest(json: string): GenerateRequest | GoogleError {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch {
    return googleError(400, "Invalid JSON payload received. Unexpected token.");
  }
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
  };
}

function textsOf(parts: readonly z.infer<typeof content>["parts"][number][]): string[] {
  return parts.flatMap((part) => ("text" in part ? [part.text] : []));
}
