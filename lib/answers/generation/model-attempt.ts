import { CancelledError, type ChildController, type Clock, childOf, Slices } from "../../core/index.ts";
import { monitorPerformance } from "../../performance/index.ts";
import type { Attachment, TokenUsage } from "../answer.ts";
import type { Finish, Model, ModelPiece } from "../models/model.ts";
import { filesRefused, ModelError, modelTimeout, noAnswer, noFirstWord } from "../models/model-error.ts";
import type { Prompt } from "./prompt.ts";
import { RepetitionWatch } from "./repetition.ts";
import { StreamedText } from "./streamed-text.ts";
import { estimateTokens } from "./tokens.ts";

export interface AttemptOptions {
  model: Model;
  clock: Clock;
  prompt: Prompt;
  /** Estimate of the prompt's tokens, for a call that ends before the model has counted them. */
  promptTokens: number;
  attachments: readonly Attachment[];
  streamed: boolean;
  /** How long the model may think before its first word, and how long it may be silent later on (milliseconds). */
  firstWordMs: number;
  silenceMs: number;
  signal: AbortSignal;
  /** Called when the first word takes long. */
  onThinking?: (() => void) | undefined;
  /** Called with what a person sees of the text so far, and with all of it, whenever some arrived. */
  onText(text: string, raw: string): void;
  /** Called with the tokens used so far: as the model reports them, else an estimate at the end of a call. */
  onUsage(usage: TokenUsage): void;
}

/** The outcome of one call to the model. */
export type AttemptResult =
  | { kind: "text"; text: string; ending: "complete" | "length-limit" | "unfinished"; usage?: TokenUsage }
  | { kind: "blocked"; code: string };

/** When the first word takes longer, the person is told that the model is thinking (milliseconds). */
const THINKING_NOTICE_MS = 20_000;

/** How long pieces are read without a turn of the event loop (milliseconds). */
const SLICE_MS = 8;

/**
 * Longest answer (UTF-16 units): four messages. What the provider is asked for is shorter in most languages, but not every
 * server keeps to it.
 */
const MAX_LENGTH = 16_000;

/**
 * Makes one call to the model and reads its answer to the end, or until it repeats itself or is too long. It has no slow
 * threshold: a model takes its seconds, and the question it works for has a threshold.
 * @throws ModelError when there is no usable answer, or the signal's reason
 */
export const askOnce = monitorPerformance("model", { slowMs: null })(
  async (options: AttemptOptions): Promise<AttemptResult> => {
    const { model, prompt, attachments, streamed, signal } = options;
    signal.throwIfAborted();
    const call = childOf(signal);
    const reading = new AnswerReading(options, call);
    let wasReached = true;
    try {
      const slices = new Slices(SLICE_MS);
      for await (const piece of model.ask(prompt, { signal: call.signal, attachments, streamed })) {
        reading.add(piece);
        if (reading.isOver) break;
        if (slices.isOver) await slices.next();
      }
    } catch (error) {
      wasReached = !wasRefused(error);
      signal.throwIfAborted();
      // A failure after the end of the answer changes nothing.
      if (!reading.hasEnded) throw isOfFiles(error, attachments) ? filesRefused(error) : error;
    } finally {
      if (wasReached) reading.countTokens();
      call.release();
      call.abort(new CancelledError("This call has ended", { code: "MODEL_CALL_ENDED" }));
    }
    return reading.result();
  },
);

/** Whether it is most likely the files that the model refuses: bad request, too large, of a wrong type. */
function isOfFiles(error: unknown, attachments: readonly Attachment[]): error is ModelError {
  if (attachments.length === 0 || !(error instanceof ModelError) || error.code !== "MODEL_REFUSED")
    return false;
  return [400, 413, 415, 422].includes(error.httpStatus ?? 0);
}

/** Whether the model did not process the prompt. */
function wasRefused(error: unknown): boolean {
  return (
    error instanceof ModelError && (error.httpStatus !== undefined || error.code === "ATTACHMENT_UNREADABLE")
  );
}

/** An unfinished answer that is shorter (UTF-16 units) is of no use. */
export const SUBSTANTIAL_LENGTH = 200;

/** What has arrived of an answer. */
class AnswerReading {
  readonly #options: AttemptOptions;
  readonly #silence: { broken(hasText: boolean): void };
  readonly #text = new StreamedText();
  readonly #repetition = new RepetitionWatch();
  #thoughtLength = 0;
  #usage: TokenUsage | undefined;
  #finish: Finish | "repeating" | undefined;
  #blocked: string | undefined;
  /** Where the answer ends, when the model wrote on. */
  #cutAt: number | undefined;

  constructor(options: AttemptOptions, call: ChildController) {
    this.#options = options;
    this.#silence = watchSilence(options, call);
  }

  /** Whether no more pieces are wanted. */
  get isOver(): boolean {
    return this.#cutAt !== undefined;
  }

  get hasEnded(): boolean {
    return this.#finish !== undefined || this.#blocked !== undefined;
  }

  add({ text, finish, blocked, usage, thoughtLength = 0 }: ModelPiece): void {
    this.#silence.broken(text.trim() !== "" || this.#text.raw !== "");
    this.#thoughtLength += thoughtLength;
    if (usage) {
      this.#usage = usage;
      this.#options.onUsage(usage);
    }
    this.#finish = finish ?? this.#finish;
    this.#blocked = blocked ?? this.#blocked;
    if (text) this.#addText(text);
  }

  /** A call whose tokens the model did not count, such as an aborted one, is counted by an estimate. */
  countTokens(): void {
    if (this.#usage) return;
    const thoughts = Math.ceil(this.#thoughtLength / 4);
    const outputTokens = estimateTokens(this.#text.raw) + thoughts;
    this.#options.onUsage({ promptTokens: this.#options.promptTokens, outputTokens });
  }

  /** @throws ModelError when it is no answer */
  result(): AttemptResult {
    if (this.#blocked !== undefined) return { kind: "blocked", code: this.#blocked };
    const loopAt = this.#cutAt === undefined ? this.#repetition.findAtEnd(this.#text.raw) : undefined;
    const text = this.#text.raw.slice(0, this.#cutAt ?? loopAt);
    const finish = loopAt === undefined ? this.#finish : "repeating";
    if (finish === undefined) throw noAnswer("MODEL_CUT_SHORT", { retryable: true });
    // Text that repeats a source too closely must not be shown, but that is no verdict on the question.
    if (finish === "recitation") throw noAnswer("MODEL_RECITATION", { retryable: false });
    if (this.#text.isEmpty() && finish !== "stopped") {
      throw noAnswer("MODEL_EMPTY", { retryable: finish === "complete" });
    }
    const usage = this.#usage ? { usage: this.#usage } : {};
    if (finish === "complete" || finish === "length-limit")
      return { kind: "text", text, ending: finish, ...usage };
    if (text.length >= SUBSTANTIAL_LENGTH && !this.#text.isEmpty())
      return { kind: "text", text, ending: "unfinished", ...usage };
    throw noAnswer(finish === "repeating" ? "MODEL_REPEATING" : "MODEL_STOPPED", { retryable: true });
  }

  #addText(piece: string): void {
    const room = MAX_LENGTH - this.#text.raw.length;
    const shown = this.#text.add(piece.length > room ? piece.slice(0, room) : piece);
    const { raw } = this.#text;
    const repetitionAt = this.#repetition.find(raw);
    if (repetitionAt !== undefined) this.#end("repeating", repetitionAt);
    else if (piece.length > room) this.#end("length-limit", lastSentenceEnd(raw));
    else if (shown !== undefined) this.#options.onText(shown, raw);
  }

  #end(finish: "repeating" | "length-limit", cutAt: number): void {
    this.#finish = finish;
    this.#cutAt = cutAt;
  }
}

/** Where the last whole sentence or line ends, if that leaves most of the text. */
function lastSentenceEnd(text: string): number {
  const end = Math.max(...[". ", "! ", "? ", "\n", "。"].map((mark) => text.lastIndexOf(mark) + 1));
  return end > text.length / 2 ? end : text.length;
}

/**
 * Aborts a call after a silence: before the first word for longer than between two. It sleeps once per silence, not once
 * per piece.
 */
function watchSilence(
  { clock, firstWordMs, silenceMs, onThinking }: AttemptOptions,
  call: ChildController,
): { broken(hasText: boolean): void } {
  const startedAt = clock.monotonic();
  let heardAt = startedAt;
  let hasWords = false;
  let isNoticed = onThinking === undefined;
  const watch = async (): Promise<void> => {
    while (!call.signal.aborted) {
      const now = clock.monotonic();
      const leftMs = heardAt + (hasWords ? silenceMs : firstWordMs) - now;
      const noticeMs = startedAt + THINKING_NOTICE_MS - now;
      if (leftMs <= 0) call.abort(hasWords ? modelTimeout() : noFirstWord());
      else if (isNoticed || hasWords) await clock.sleep(leftMs, call.signal);
      else if (noticeMs > 0) await clock.sleep(Math.min(noticeMs, leftMs), call.signal);
      else {
        isNoticed = true;
        onThinking?.();
      }
    }
  };
  watch().catch(() => {}); // the call ended first
  return {
    broken(hasText) {
      hasWords ||= hasText;
      heardAt = clock.monotonic();
    },
  };
}
