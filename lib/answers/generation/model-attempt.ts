import { AppError, type ChildController, type Clock, childOf } from "../../core/index.ts";
import { monitorPerformance } from "../../performance/index.ts";
import type { Attachment, TokenUsage } from "../answer.ts";
import type { Finish, Model } from "../models/model.ts";
import { modelTimeout, noAnswer } from "../models/model-error.ts";
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
  /** Called with all text so far whenever some arrived. */
  onText(textSoFar: string): void;
  /** Called with the tokens used so far whenever the model reports them, also by a call that fails later. */
  onUsage(usage: TokenUsage): void;
}

/** The outcome of one call to the model. */
export type AttemptResult =
  | { kind: "text"; text: string; ending: "complete" | "length-limit" | "unfinished"; usage?: TokenUsage }
  | { kind: "blocked"; code: string };

/**
 * Makes one call to the model and reads its answer to the end. It has no slow threshold: a model takes its seconds, and
 * the question it works for has a threshold.
 * @throws ModelError when there is no usable answer, or the signal's reason
 */
export const askOnce = monitorPerformance("model", { slowMs: null })(
  async (options: AttemptOptions): Promise<AttemptResult> => {
    const { model, clock, prompt, attachments, streamed, silenceMs, signal, onText, onUsage } = options;
    signal.throwIfAborted();
    const call = childOf(signal);
    const silence = watchSilence(clock, silenceMs, call);
    let text = "";
    let usage: TokenUsage | undefined;
    let finish: Finish | undefined;
    let blocked: string | undefined;
    try {
      for await (const piece of model.ask(prompt, { signal: call.signal, attachments, streamed })) {
        silence.broken();
        if (piece.usage) {
          usage = piece.usage;
          onUsage(usage);
        }
        finish = piece.finish ?? finish;
        blocked = piece.blocked ?? blocked;
        if (piece.text) {
          text += piece.text;
          onText(text);
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      // A failure after the end of the answer changes nothing.
      if (finish === undefined && blocked === undefined) throw error;
    } finally {
      call.release();
      call.abort(new AppError("This call has ended", { code: "MODEL_CALL_ENDED" }));
    }
    if (blocked !== undefined) return { kind: "blocked", code: blocked };
    if (finish === undefined) throw noAnswer("MODEL_CUT_SHORT", { retryable: true });
    return { ...resultOf(finish, text), ...(usage ? { usage } : {}) };
  },
);

/** An unfinished answer that is shorter (UTF-16 units) is of no use. */
export const SUBSTANTIAL_LENGTH = 200;

function resultOf(finish: Finish, text: string): AttemptResult {
  // Text that repeats a source too closely must not be shown, but that is no verdict on the question.
  if (finish === "recitation") throw noAnswer("MODEL_RECITATION", { retryable: false });
  // Citation marks alone count as no text.
  if (readCitations(text).text === "") throw noAnswer("MODEL_EMPTY", { retryable: finish === "complete" });
  if (finish !== "stopped") return { kind: "text", text, ending: finish };
  if (text.length >= SUBSTANTIAL_LENGTH) return { kind: "text", text, ending: "unfinished" };
  throw noAnswer("MODEL_STOPPED", { retryable: true });
}

/** Aborts a call after a silence. It sleeps once per silence, not once per piece. */
function watchSilence(clock: Clock, silenceMs: number, call: ChildController): { broken(): void } {
  let heardAt = clock.monotonic();
  const watch = async (): Promise<void> => {
    while (!call.signal.aborted) {
      const leftMs = heardAt + silenceMs - clock.monotonic();
      if (leftMs <= 0) call.abort(modelTimeout());
      else await clock.sleep(leftMs, call.signal);
    }
  };
  watch().catch(() => {}); // the call ended first
  return {
    broken() {
      heardAt = clock.monotonic();
    },
  };
}
