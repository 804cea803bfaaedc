import * as z from "zod";
import type { TokenUsage } from "../../answer.ts";
import type { Finish, ModelPiece } from "../model.ts";
import { malformedResponse } from "../model-error.ts";
import { tokenCount } from "../token-count.ts";
import { fromStatus } from "./gemini-error.ts";

const part = z.object({ text: z.string().nullish(), thought: z.boolean().nullish() });

const response = z.object({
  candidates: z
    .array(
      z.object({
        content: z.object({ parts: z.array(part).nullish() }).nullish(),
        finishReason: z.string().nullish(),
      }),
    )
    .nullish(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: z
    .object({
      promptTokenCount: tokenCount,
      candidatesTokenCount: tokenCount,
      thoughtsTokenCount: tokenCount,
    })
    .nullish()
    .catch(undefined),
  error: z
    .object({
      code: z.number(),
      message: z.string().optional().catch(undefined),
      details: z.unknown().optional(),
    })
    .nullish(),
});

/**
 * Reads one response object.
 * @throws ModelError when it is an error, or not what the API documents
 */
export function readPiece(body: unknown): ModelPiece {
  const parsed = response.safeParse(body);
  if (!parsed.success) throw malformedResponse(parsed.error);
  const { candidates, promptFeedback, usageMetadata, error } = parsed.data;
  if (error) throw fromStatus(error.code, error);
  const candidate = candidates?.[0];
  const parts = candidate?.content?.parts ?? [];
  const textOf = (isThought: boolean): string =>
    parts.map(({ text, thought }) => (Boolean(thought) === isThought ? (text ?? "") : "")).join("");
  const blockReason = candidate ? undefined : promptFeedback?.blockReason;
  return {
    text: textOf(false),
    ...thoughtOf(textOf(true)),
    ...(candidate?.finishReason ? readFinish(candidate.finishReason) : {}),
    ...(blockReason ? { blocked: blockCode("PROMPT", blockReason) } : {}),
    ...readUsage(usageMetadata),
  };
}

function thoughtOf(text: string): Pick<ModelPiece, "thoughtLength"> {
  return text === "" ? {} : { thoughtLength: text.length };
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

/** Counts that are null, absent or no numbers are not known. */
function readUsage(usage: z.infer<typeof response>["usageMetadata"]): { usage?: TokenUsage } {
  if (usage?.promptTokenCount === undefined) return {};
  const outputTokens = (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
  return { usage: { promptTokens: usage.promptTokenCount, outputTokens } };
}
