import * as z from "zod";
import type { TokenUsage } from "../../answer.ts";
import type { Finish, ModelPiece } from "../model.ts";
import { malformedResponse } from "../model-error.ts";
import { fromStatus } from "./gemini-error.ts";

const part = z.object({ text: z.string().optional(), thought: z.boolean().optional() });

const response = z.object({
  candidates: z
    .array(
      z.object({
        content: z.object({ parts: z.array(part).optional() }).optional(),
        finishReason: z.string().optional(),
      }),
    )
    .optional(),
  promptFeedback: z.object({ blockReason: z.string().optional() }).optional(),
  usageMetadata: z
    .object({
      promptTokenCount: z.number().default(0),
      candidatesTokenCount: z.number().default(0),
      thoughtsTokenCount: z.number().default(0),
    })
    .optional(),
  error: z.object({ code: z.number(), details: z.unknown().optional() }).optional(),
});

/**
 * Reads one response object.
 * @throws ModelError when it is an error, or not what the API documents
 */
export function readPiece(body: unknown): ModelPiece {
  const parsed = response.safeParse(body);
  if (!parsed.success) throw malformedResponse(parsed.error);
  const { candidates, promptFeedback, usageMetadata, error } = parsed.data;
  if (error) throw fromStatus(error.code, error.details);
  const candidate = candidates?.[0];
  const texts = (candidate?.content?.parts ?? []).filter(({ thought }) => !thought);
  const blockReason = candidate ? undefined : promptFeedback?.blockReason;
  return {
    text: texts.map(({ text = "" }) => text).join(""),
    ...(candidate?.finishReason ? readFinish(candidate.finishReason) : {}),
    ...(blockReason ? { blocked: blockCode("PROMPT", blockReason) } : {}),
    ...(usageMetadata ? { usage: readUsage(usageMetadata) } : {}),
  };
}

/** Finish reasons of the safety filters; an answer they stop is never shown. */
const SAFETY_REASONS = new Set(["SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY"]);

const FINISHES = new Map<string, Finish>([
  ["STOP", "complete"],
  ["MAX_TOKENS", "length-limit"],
  ["RECITATION", "recitation"],
]);

function readFinish(reason: string): Pick<ModelPiece, "finish" | "blocked"> {
  if (SAFETY_REASONS.has(reason)) return { blocked: blockCode("ANSWER", reason) };
  return { finish: FINISHES.get(reason) ?? "stopped" };
}

/** Keeps the code's set of values bounded, whatever the API sends. */
function blockCode(what: "PROMPT" | "ANSWER", reason: string): string {
  return `${what}_${/^[A-Z_]{1,40}$/.test(reason) ? reason : "UNKNOWN"}`;
}

type UsageMetadata = NonNullable<z.infer<typeof response>["usageMetadata"]>;

function readUsage(usage: UsageMetadata): TokenUsage {
  return {
    promptTokens: usage.promptTokenCount,
    outputTokens: usage.candidatesTokenCount + usage.thoughtsTokenCount,
  };
}
