import * as z from "zod";
import type { TokenUsage } from "../../answer.ts";
import { fromStatus, malformedResponse } from "./gemini-error.ts";

/** What one piece of a response says. */
export interface ModelPiece {
  /** Answer text; the model's thoughts are left out. */
  text: string;
  /** Why the answer ends here, such as `STOP` or `SAFETY`. */
  finishReason?: string;
  /** Why the question was refused, such as `PROHIBITED_CONTENT`. */
  blockReason?: string;
  usage?: TokenUsage;
}

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
 * @throws ModelError when it is an error, or not what the API documents.
 */
export function readPiece(body: unknown): ModelPiece {
  const parsed = response.safeParse(body);
  if (!parsed.success) throw malformedResponse(parsed.error);
  const { candidates, promptFeedback, usageMetadata, error } = parsed.data;
  if (error) throw fromStatus(error.code, error.details);
  const candidate = candidates?.[0];
  const texts = (candidate?.content?.parts ?? []).filter(({ thought }) => !thought);
  const finishReason = candidate?.finishReason;
  const blockReason = promptFeedback?.blockReason;
  return {
    text: texts.map(({ text = "" }) => text).join(""),
    ...(finishReason ? { finishReason } : {}),
    ...(blockReason && !candidate ? { blockReason } : {}),
    ...(usageMetadata ? { usage: readUsage(usageMetadata) } : {}),
  };
}

type UsageMetadata = NonNullable<z.infer<typeof response>["usageMetadata"]>;

function readUsage(usage: UsageMetadata): TokenUsage {
  return {
    promptTokens: usage.promptTokenCount,
    outputTokens: usage.candidatesTokenCount + usage.thoughtsTokenCount,
  };
}
