import { backoffMs, CancelledError, type Clock, childOf, type Logger } from "../../core/index.ts";
import type { AnswerCallbacks, AnswerTiming, Question, TokenUsage } from "../answer.ts";
import type { Model } from "../models/model.ts";
import { ModelError, type ModelErrorCode, modelTimeout } from "../models/model-error.ts";
import { quotableSentence } from "../models/quotable.ts";
import type { ModelScheduler } from "../scheduling/model-scheduler.ts";
import { AnswerProgress } from "./answer-progress.ts";
import { type AttemptResult, askOnce, SUBSTANTIAL_LENGTH } from "./model-attempt.ts";
import type { Prompt } from "./prompt.ts";
import { estimatePromptTokens } from "./prompt-size.ts";

export interface ModelAnswerDeps {
  model: Model;
  scheduler: ModelScheduler;
  /** Whether another model would answer now in this one's stead; never when missing. */
  hasSubstitute?: () => boolean;
  /** How long the model may think before its first word (milliseconds). */
  firstWordMs: number;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

export interface AskRequest {
  question: AnswerCallbacks & Pick<Question, "attachments" | "order" | "penalty" | "signal">;
  prompt: Prompt;
  priority: "person" | "background";
}

export type AskResult = AttemptResult & { timing: AnswerTiming };

/** Time limit from the start of the first call to the last word, retries included, besides the time for a first word. */
const ANSWER_MS = 60_000;
/** How long the model may be silent within one call once it writes. */
const SILENCE_MS = 20_000;
const MAX_RETRIES = 3;
/** What rarely goes better a second time is tried again once. */
const RETRIED_ONCE: ReadonlySet<ModelErrorCode> = new Set(["MODEL_STOPPED", "MODEL_REPEATING"]);
/** With another model at hand: one retry, unless the pause before it is longer (milliseconds). */
const WITH_SUBSTITUTE = { maxRetries: 1, maxPauseMs: 2_000 };
const BACKOFF = { baseMs: 500, maxMs: 8_000 };

/**
 * Asks the model, with retries where they can help; each attempt waits for a slot of its own. When the last attempt
 * fails, the longest text so far is returned as unfinished if there is enough of it.
 * @throws ModelError when there is no answer, or the reason of the question's signal
 */
export async function askModel(deps: ModelAnswerDeps, request: AskRequest): Promise<AskResult> {
  const { question } = request;
  question.signal.throwIfAborted();
  const life = createLifetime(deps.clock, question.signal, deps.firstWordMs + ANSWER_MS);
  const progress = new AnswerProgress(deps.clock, (text) => question.onText?.(text));
  try {
    const result = await askWithRetries(deps, request, { life, progress });
    return { ...result, timing: progress.timing() };
  } catch (error) {
    question.signal.throwIfAborted();
    const text = progress.longest();
    if (!(error instanceof ModelError) || text.length < SUBSTANTIAL_LENGTH) throw error;
    return { kind: "text", text, ending: "unfinished", timing: progress.timing() };
  } finally {
    life.end();
  }
}

/** After these, the text that was streamed must not stand for an answer. */
const UNUSABLE_AFTER: ReadonlySet<ModelErrorCode> = new Set(["MODEL_RECITATION", "MODEL_REPEATING"]);

/** What all attempts at a question share. */
interface Course {
  life: Lifetime;
  progress: AnswerProgress;
}

async function askWithRetries(
  deps: ModelAnswerDeps,
  request: AskRequest,
  course: Course,
): Promise<AttemptResult> {
  let streamed = true;
  for (let retries = 0; ; retries += 1) {
    try {
      return await askInTurn(deps, request, { ...course, streamed, isRetry: retries > 0 });
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      error.quotable = quotableSentence(error.providerSays(), request.prompt);
      if (UNUSABLE_AFTER.has(error.code)) course.progress.discard();
      // The time for a first word is no time to pause in.
      const leftMs = course.life.leftMs() - deps.firstWordMs;
      const pauseMs = pauseBeforeRetry(deps, error, { retries, leftMs });
      logFailure(deps, error, { attempt: retries + 1, retryInMs: pauseMs && Math.round(pauseMs) });
      if (pauseMs === undefined) throw error;
      // A stream that could not be parsed may succeed as one whole response.
      if (error.code === "MODEL_MALFORMED") streamed = false;
      await request.question.onQueued?.();
      await deps.clock.sleep(pauseMs, course.life.signal);
    }
  }
}

/** How long to pause before the next attempt, in milliseconds; undefined when another attempt makes no sense. */
function pauseBeforeRetry(
  { random, scheduler, hasSubstitute }: ModelAnswerDeps,
  error: ModelError,
  { retries, leftMs }: { retries: number; leftMs: number },
): number | undefined {
  if (!error.retryable || scheduler.refusal() !== null) return undefined;
  const pauseMs = (error.retryAfterMs ?? 0) + backoffMs(retries, { ...BACKOFF, random });
  const { maxRetries, maxPauseMs } = hasSubstitute?.()
    ? WITH_SUBSTITUTE
    : { maxRetries: MAX_RETRIES, maxPauseMs: leftMs };
  const most = RETRIED_ONCE.has(error.code) ? 1 : maxRetries;
  return retries < most && pauseMs < Math.min(maxPauseMs, leftMs) ? pauseMs : undefined;
}

interface Attempt extends Course {
  streamed: boolean;
  isRetry: boolean;
}

/** Waits for a slot and makes one call. */
async function askInTurn(
  deps: ModelAnswerDeps,
  request: AskRequest,
  { life, progress, streamed, isRetry }: Attempt,
): Promise<AttemptResult> {
  const { model, scheduler, clock, firstWordMs } = deps;
  const { signal } = life;
  const { prompt, priority, question } = request;
  const { attachments = [], order, penalty, onWaiting, onThinking } = question;
  const queuedAt = clock.monotonic();
  const promptTokens = estimatePromptTokens(prompt, attachments);
  const call = async (onUsage: (usage: TokenUsage) => void): Promise<AttemptResult> => {
    let used: TokenUsage | undefined;
    try {
      return await askOnce({
        model,
        clock,
        prompt,
        promptTokens,
        attachments,
        streamed,
        firstWordMs,
        silenceMs: SILENCE_MS,
        signal,
        onThinking: onThinking && (() => question.onThinking?.()),
        onText: (text, raw) => progress.show(text, raw),
        onUsage: (soFar) => {
          used = soFar;
          onUsage(soFar);
        },
      });
    } finally {
      if (used) question.onUsage?.({ model: model.name, ...used });
    }
  };
  return await scheduler.run(call, {
    signal,
    priority,
    isRetry,
    order,
    penalty,
    promptTokens,
    // A retry announced its wait before its pause, and its deadline is running.
    ...(isRetry
      ? { maxWaitMs: life.leftMs() }
      : {
          onQueued: async () => await question.onQueued?.(),
          onWaiting: onWaiting && ((wait) => question.onWaiting?.(wait)),
        }),
    async onStarted() {
      progress.addWait(clock.monotonic() - queuedAt);
      life.startDeadline();
      await question.onStarted?.();
    },
  });
}

/** How long work on a question may go on: until its person ends it, or its deadline passes. */
interface Lifetime {
  signal: AbortSignal;
  /** Starts the deadline; later calls do nothing. */
  startDeadline(): void;
  /** Milliseconds to the deadline; 0 once the signal has aborted, infinite before the deadline starts. */
  leftMs(): number;
  /** Removes its timer and listener. */
  end(): void;
}

function createLifetime(clock: Clock, parent: AbortSignal, limitMs: number): Lifetime {
  const life = childOf(parent);
  let deadline: number | undefined;
  return {
    signal: life.signal,
    startDeadline() {
      if (deadline !== undefined) return;
      deadline = clock.monotonic() + limitMs;
      clock.sleep(limitMs, life.signal).then(
        () => life.abort(modelTimeout()),
        () => {}, // the question ended first
      );
    },
    leftMs: () => (life.signal.aborted ? 0 : (deadline ?? Number.POSITIVE_INFINITY) - clock.monotonic()),
    end() {
      life.release();
      life.abort(new CancelledError("The question has ended", { code: "QUESTION_ENDED" }));
    },
  };
}

const LOG_MESSAGES: Partial<Record<ModelErrorCode, string>> = {
  MODEL_TIMEOUT: "timeout",
  MODEL_RATE_LIMIT: "busy",
  MODEL_OVERLOADED: "busy",
  MODEL_DAILY_QUOTA: "quota of the day used up",
  MODEL_REFUSED: "refused the call",
  MODEL_REFUSED_FILES: "refused the files of a question",
};

function logFailure(
  { model, logger }: ModelAnswerDeps,
  error: ModelError,
  fields: { attempt: number; retryInMs: number | undefined },
): void {
  // The breaker, the quota and the budget are reported once where they trip, not with every question.
  if (!error.wasAsked) {
    logger.debug(`${model.provider} was not asked`, { code: error.code });
    return;
  }
  const level = error.code === "MODEL_REFUSED" ? "error" : "warn";
  const isRefusal = error.code === "MODEL_REFUSED" || error.code === "MODEL_REFUSED_FILES";
  const says = isRefusal && error.quotable !== undefined ? { says: error.quotable } : {};
  logger[level](`${model.provider} API ${LOG_MESSAGES[error.code] ?? "failure"}`, {
    ...fields,
    ...says,
    error,
  });
}
