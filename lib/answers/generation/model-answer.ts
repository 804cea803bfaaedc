import { handleWhen, retry } from "cockatiel";
import { AppError, backoffMs, type Clock, childOf, type Logger, type Measure } from "../../core/index.ts";
import type { AnswerCallbacks, AnswerTiming, Question } from "../answer.ts";
import type { Model } from "../models/gemini/gemini-client.ts";
import { ModelError, modelTimeout } from "../models/gemini/gemini-error.ts";
import type { ModelScheduler } from "../scheduling/model-scheduler.ts";
import { type AnswerProgress, createProgress } from "./answer-progress.ts";
import { type AttemptResult, askOnce, SUBSTANTIAL_LENGTH } from "./model-attempt.ts";
import type { Prompt } from "./prompt.ts";
import { estimatePromptTokens } from "./prompt-size.ts";

export interface ModelAnswerDeps {
  model: Model;
  scheduler: ModelScheduler;
  clock: Clock;
  random: () => number;
  logger: Logger;
  measure: Measure;
}

export interface AskRequest {
  question: AnswerCallbacks & Pick<Question, "attachments" | "order" | "signal">;
  prompt: Prompt;
  priority: "person" | "background";
}

export type AskResult = AttemptResult & { timing: AnswerTiming };

/** From the first place taken to the last word, retries included. */
const ANSWER_MS = 60_000;
/** How long the model may be silent within one call. */
const SILENCE_MS = 20_000;
const MAX_RETRIES = 3;
const BACKOFF = { baseMs: 500, maxMs: 8_000 };

/**
 * Gets an answer out of the model: waits for a place, asks, and asks again when that can help, each time with a place
 * of its own. Text that came before the last failure is returned as unfinished when there is enough of it.
 * @throws ModelError when there is no answer, or the reason of the question's signal.
 */
export async function askModel(deps: ModelAnswerDeps, request: AskRequest): Promise<AskResult> {
  const { question } = request;
  question.signal.throwIfAborted();
  const life = createLifetime(deps.clock, question.signal);
  const progress = createProgress(deps.clock, (text) => question.onText?.(text));
  try {
    const result = await askUntilAnswered(deps, request, life, progress);
    return { ...result, timing: progress.timing() };
  } catch (error) {
    question.signal.throwIfAborted();
    const text = progress.longest();
    const isUsable = error instanceof ModelError && error.code !== "GEMINI_RECITATION";
    if (!isUsable || text.length < SUBSTANTIAL_LENGTH) throw error;
    return { kind: "text", text, ending: "unfinished", timing: progress.timing() };
  } finally {
    life.end();
  }
}

async function askUntilAnswered(
  deps: ModelAnswerDeps,
  request: AskRequest,
  life: Lifetime,
  progress: AnswerProgress,
): Promise<AttemptResult> {
  const { clock, random, scheduler, logger } = deps;
  let streamed = true;
  let pauseMs: number | undefined;
  // Which failures are worth another try, and how often; the pause is ours, for theirs goes on when a person leaves.
  const policy = retry(
    handleWhen(() => pauseMs !== undefined),
    { maxAttempts: MAX_RETRIES },
  );
  return await policy.execute(async ({ attempt: retries }) => {
    const pause = pauseMs;
    pauseMs = undefined;
    if (pause !== undefined) {
      await request.question.onQueued?.();
      await clock.sleep(pause, life.signal);
    }
    try {
      return await askInTurn(deps, request, { life, progress, streamed, isRetry: retries > 0 });
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      const nextMs = (error.retryAfterMs ?? 0) + backoffMs(retries, { ...BACKOFF, random });
      const canRetry =
        error.retryable && retries < MAX_RETRIES && nextMs < life.leftMs() && scheduler.refusal() === null;
      if (canRetry) pauseMs = nextMs;
      logFailure(logger, error, {
        attempt: retries + 1,
        retryInMs: canRetry ? Math.round(nextMs) : undefined,
      });
      // What breaks the reading of a stream does no harm to an answer sent whole.
      if (error.code === "GEMINI_MALFORMED") streamed = false;
      throw error;
    }
  });
}

interface Attempt {
  life: Lifetime;
  progress: AnswerProgress;
  streamed: boolean;
  isRetry: boolean;
}

/** One place in the queue, one call. */
async function askInTurn(
  deps: ModelAnswerDeps,
  request: AskRequest,
  attempt: Attempt,
): Promise<AttemptResult> {
  const { model, scheduler, clock, measure } = deps;
  const { life, progress, streamed, isRetry } = attempt;
  const { signal } = life;
  const { prompt, priority, question } = request;
  const { attachments = [], order } = question;
  const queuedAt = clock.now();
  const onText = (text: string): void => progress.show(text);
  return await scheduler.run(
    async (onUsage) =>
      await measure("gemini", () =>
        askOnce({
          model,
          clock,
          prompt,
          attachments,
          streamed,
          silenceMs: SILENCE_MS,
          signal,
          onText,
          onUsage,
        }),
      ),
    {
      signal,
      priority,
      isRetry,
      order,
      promptTokens: estimatePromptTokens(prompt, attachments),
      // Before a retry its waiting was announced with the pause, and its time runs.
      ...(isRetry
        ? { maxWaitMs: life.leftMs() }
        : {
            onQueued: async () => await question.onQueued?.(),
            ...(question.onWaiting ? { onWaiting: (wait) => question.onWaiting?.(wait) } : {}),
          }),
      async onStarted() {
        progress.waited(clock.now() - queuedAt);
        life.startDeadline();
        await question.onStarted?.();
      },
    },
  );
}

/** How long a question may go on: until its person ends it, or its time is up. */
interface Lifetime {
  signal: AbortSignal;
  /** Begins to count the answer's time, at the first call only. */
  startDeadline(): void;
  /** What is left of it, in milliseconds; 0 once the signal has aborted. */
  leftMs(): number;
  /** Takes down its timer and listener. */
  end(): void;
}

function createLifetime(clock: Clock, parent: AbortSignal): Lifetime {
  const life = childOf(parent);
  let deadline: number | undefined;
  return {
    signal: life.signal,
    startDeadline() {
      if (deadline !== undefined) return;
      deadline = clock.now() + ANSWER_MS;
      clock.sleep(ANSWER_MS, life.signal).then(
        () => life.abort(modelTimeout()),
        () => {}, // the question ended first
      );
    },
    leftMs: () => (life.signal.aborted ? 0 : (deadline ?? Number.POSITIVE_INFINITY) - clock.now()),
    end() {
      life.release();
      life.abort(new AppError("The question has ended", { code: "QUESTION_ENDED" }));
    },
  };
}

const LOG_MESSAGES: Record<string, string> = {
  GEMINI_TIMEOUT: "Gemini API timeout",
  GEMINI_RATE_LIMIT: "Gemini API busy",
  GEMINI_OVERLOADED: "Gemini API busy",
  GEMINI_DAILY_QUOTA: "Gemini API quota of the day used up",
  GEMINI_REFUSED: "Gemini API refused the call",
};

function logFailure(
  logger: Logger,
  error: ModelError,
  fields: { attempt: number; retryInMs: number | undefined },
): void {
  // Why it is not asked at all is told once, elsewhere, and not for every question.
  if (!error.wasAsked) {
    logger.debug("Gemini was not asked", { code: error.code });
    return;
  }
  const level = error.code === "GEMINI_REFUSED" ? "error" : "warn";
  logger[level](LOG_MESSAGES[error.code] ?? "Gemini API failure", { ...fields, error });
}
