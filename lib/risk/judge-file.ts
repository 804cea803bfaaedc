import { createHash } from "node:crypto";
import * as z from "zod";
import { decodeArrays, encodeArrays } from "../core/index.ts";
import type { JudgeSnapshot, RiskExample } from "./risk-judge.ts";

/**
 * Raise it when a judge of the same rules and examples would come out different, so that those already stored are learnt
 * again. A test compares what is learnt from a few examples with what it was.
 */
export const JUDGE_VERSION = 2;

const aboutSchema = z.object({
  classes: z.array(z.string().nullable()),
  known: z.array(z.string()),
  words: z.array(z.string()),
  labels: z.array(z.number().int().nonnegative()),
});

/**
 * What a judge was learnt from, in a form that is stored with it.
 * @param rulesKey of the phrases, which judge the examples first
 */
export function judgeKey(rulesKey: string, examples: readonly RiskExample[]): string {
  return createHash("sha256")
    .update(JSON.stringify([JUDGE_VERSION, rulesKey, examples]))
    .digest("hex");
}

/** The file of a judge. */
export function encodeJudge(
  key: string,
  { weights, biases, ...about }: JudgeSnapshot,
): Uint8Array<ArrayBuffer> {
  return encodeArrays(key, about, [weights, biases]);
}

/** The judge in a file; null when it was learnt from something else, is damaged or of another form. */
export function decodeJudge(key: string, file: Uint8Array<ArrayBuffer>): JudgeSnapshot | null {
  const decoded = decodeArrays(key, file);
  const about = aboutSchema.safeParse(decoded?.about).data;
  if (!decoded || !about) return null;
  return { ...about, weights: decoded.arrays.next(Float32Array), biases: decoded.arrays.next(Float32Array) };
}
