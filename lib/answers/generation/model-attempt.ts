import { AppError, type ChildController, type Clock, childOf } from "../../core/index.ts";
import type { AnswerCallbacks, Attachment, TokenUsage } from "../answer.ts";
import type { Model } from "../models/gemini/gemini-client.ts";
import { ModelError, modelTimeout } from "../models/gemini/gemini-error.ts";
import { readCitations } from "./citations.ts";
import type { Prompt } from "./prompt.ts";

export interface AttemptOptions {
  model: Model;
  clock: Clock;
  prompt: Prompt;
  attachments: readonly Attachment[];
  streamed: boolean;
  /** How long the model may be silent, before its first piece or between two (milliseconds). */
  silenceMs: number;
  signal: AbortSignal;
  /** Called with all text so far, as the model wrote it, whenever some came. */
  onText: NonNullable<AnswerCallbacks["onText"]>;
  /** Called with the tokens used so far whenever the model tells them, also by a call that fails later. */
  onUsage(usage: TokenUsage): void;
}

/** What one call to the model came to. */
export type AttemptResult =
  | { kind: "text"; text: string; ending: "complete" | "length-limit" | "unfinished"; usage?: TokenUsage }
  | { kind: "blocked"; code: string };

/**
 * Asks the model once and reads its answer to the end.
 * @throws ModelError when no answer came of it, or the signal's reason.
 */
export async function askOnce(options: AttemptOptions): Promise<AttemptResult> {
  const { model, clock, prompt, attachments, streamed, silenceMs, signal, onText, onUsage } = options;
  signal.throwIfAborted();
  const call = childOf(signal);
  const silence = watchSilence(clock, silenceMs, call);
  let text = "";
  let usage: TokenUsage | undefined;
  let finishReason: string | undefined;
  try {
    for await (const piece of model.ask(prompt, { signal: call.signal, attachments, streamed })) {
      silence.broken();
      if (piece.usage) {
        usage = piece.usage;
        onUsage(usage);
      }
      finishReason = piece.finishReason ?? finishReason;
      if (piece.blockReason) return { kind: "blocked", code: blockCode("PROMPT", piece.blockReason) };
      if (piece.text) {
        text += piece.text;
        onText(text);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    // What goes wrong after the last word does not matter any more.
    if (finishReason === undefined) throw error;
  } finally {
    call.release();
    call.abort(new AppError("This call has ended", { code: "GEMINI_CALL_ENDED" }));
  }
  if (finishReason === undefined) throw noAnswer("GEMINI_CUT_SHORT", { retryable: true });
  return { ...finish(finishReason, text), ...(usage ? { usage } : {}) };
}

/** The filters that judge what is said; an answer they stop is never shown. */
const SAFETY_REASONS = new Set(["SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY"]);

/** An unfinished answer shorter than this (UTF-16 units) helps nobody. */
export const SUBSTANTIAL_LENGTH = 200;

/** What a finish reason makes of the text so far. */
function finish(reason: string, text: string): AttemptResult {
  if (SAFETY_REASONS.has(reason)) return { kind: "blocked", code: blockCode("ANSWER", reason) };
  // What repeats a source too closely must not be shown either, but it is no judgement on the question.
  if (reason === "RECITATION") throw noAnswer("GEMINI_RECITATION", { retryable: false });
  // Citation marks alone say nothing either.
  if (readCitations(text).text === "") throw noAnswer("GEMINI_EMPTY", { retryable: reason === "STOP" });
  if (reason === "STOP") return { kind: "text", text, ending: "complete" };
  if (reason === "MAX_TOKENS") return { kind: "text", text, ending: "length-limit" };
  if (text.length >= SUBSTANTIAL_LENGTH) return { kind: "text", text, ending: "unfinished" };
  throw noAnswer("GEMINI_STOPPED", { retryable: true });
}

function noAnswer(code: string, { retryable }: { retryable: boolean }): ModelError {
  return new ModelError("Gemini gave no usable answer", { code, retryable, why: "model-failed" });
}

/** A code of bounded kinds, whatever the API sends. */
function blockCode(what: "PROMPT" | "ANSWER", reason: string): string {
  return `${what}_${/^[A-Z_]{1,40}$/.test(reason) ? reason : "UNKNOWN"}`;
}

/** Ends a call that has been silent too long. It sleeps once per silence, not once per piece. */
function watchSilence(clock: Clock, silenceMs: number, call: ChildController): { broken(): void } {
  let heardAt = clock.now();
  const watch = async (): Promise<void> => {
    while (!call.signal.aborted) {
      const leftMs = heardAt + silenceMs - clock.now();
      if (leftMs <= 0) call.abort(modelTimeout());
      else await clock.sleep(leftMs, call.signal);
    }
  };
  watch().catch(() => {}); // the call ended first
  return {
    broken() {
      heardAt = clock.now();
    },
  };
}
