import * as z from "zod";
import type { TokenUsage } from "../../answer.ts";
import type { Finish, ModelPiece } from "../model.ts";
import { malformedResponse } from "../model-error.ts";
import { tokenCount } from "../token-count.ts";

const text = z.string().nullish();
const message = z.object({
  content: text,
  refusal: text,
  /** Thoughts, as DeepSeek, vLLM, llama.cpp and OpenRouter name them. */
  reasoning_content: text,
  reasoning: text,
});
const choice = z.object({
  delta: message.nullish(),
  message: message.nullish(),
  finish_reason: z.string().nullish(),
});
const usage = z
  .object({ prompt_tokens: tokenCount, completion_tokens: tokenCount })
  .nullish()
  .catch(undefined);
const response = z.object({ choices: z.array(choice).nullish(), usage });

/**
 * Reads one chunk of a stream, or a whole completion.
 * @throws ModelError when it is not what the API documents
 */
export function readPiece(body: unknown): ModelPiece {
  const parsed = response.safeParse(body);
  if (!parsed.success) throw malformedResponse(parsed.error);
  const first = parsed.data.choices?.[0];
  const said = first?.delta ?? first?.message;
  const thoughts = said?.reasoning_content ?? said?.reasoning ?? "";
  return {
    text: said?.content ?? "",
    ...(first?.finish_reason ? readFinish(first.finish_reason) : {}),
    ...(said?.refusal ? { blocked: "ANSWER_REFUSAL" } : {}),
    ...readUsage(parsed.data.usage),
    ...(thoughts === "" ? {} : { thoughtLength: thoughts.length }),
  };
}

const FINISHES = new Map<string, Finish>([
  ["stop", "complete"],
  ["eos", "complete"],
  ["length", "length-limit"],
]);

function readFinish(reason: string): Pick<ModelPiece, "finish" | "blocked"> {
  if (reason === "content_filter") return { blocked: "ANSWER_CONTENT_FILTER" };
  return { finish: FINISHES.get(reason) ?? "stopped" };
}

/** Counts that are null, absent or no numbers are not known. */
function readUsage(counted: z.infer<typeof usage>): { usage?: TokenUsage } {
  if (counted?.prompt_tokens === undefined) return {};
  return { usage: { promptTokens: counted.prompt_tokens, outputTokens: counted.completion_tokens ?? 0 } };
}
