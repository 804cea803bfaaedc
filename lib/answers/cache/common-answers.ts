import { createHash } from "node:crypto";
import type { Passage } from "../../content/index.ts";
import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import type { AnswerCacheStore } from "../../store/index.ts";
import type { Answer, ModelAnswer, Question } from "../answer.ts";
import { isCommonQuestion, mayDependOnConversation, questionKey } from "./common-question.ts";
import { SharedWork } from "./shared-work.ts";

export interface CommonAnswersDeps {
  store: AnswerCacheStore;
  /** How many days an answer is reused. */
  days: number;
  /** What an answer depends on besides its question. */
  models: readonly string[];
  persona: string;
  rules: readonly string[];
  passages: readonly Passage[];
  clock: Clock;
  logger: Logger;
}

/** Asks the model once for a question that many ask, at the same time or one after the other. */
export interface CommonAnswers {
  /** Answers from the store, together with others who ask the same now, or by `ask`. @throws what `ask` throws */
  answer(question: Question, ask: (question: Question) => Promise<Answer>): Promise<Answer>;
  /** Gives this text to nobody any more. */
  reject(text: string): Promise<void>;
}

const DAY_MS = 86_400_000;
/** How long a rejected answer is remembered. */
const REJECTED_DAYS = 90;

/** The store only saves time: when it cannot be reached, the model is asked. */
export function createCommonAnswers(deps: CommonAnswersDeps): CommonAnswers {
  const { store, days, models, persona, rules, passages, clock, logger } = deps;
  const library = passages.map(({ id, title, section, text }) => [id, title, section, text]);
  const context = createHash("sha256")
    .update(JSON.stringify([models, persona, rules, library]))
    .digest("hex");
  const shared = new SharedWork<Answer>();

  async function find(key: string): Promise<ModelAnswer | null> {
    const askedAt = clock.monotonic();
    const found = await orNull(store.find(key, new Date(clock.now())));
    if (!found) return null;
    const { text, sources, model } = found;
    const timing = { waitMs: 0, totalMs: clock.monotonic() - askedAt };
    return {
      kind: "answer",
      origin: "model",
      text,
      sources,
      ending: "complete",
      model,
      isCached: true,
      timing,
    };
  }

  /** Awaited before the answer is given, so that a later erasure of the person's data erases it too. */
  async function save(key: string, { askedBy }: Question, answer: Answer): Promise<void> {
    if (answer.kind !== "answer" || answer.origin !== "model" || askedBy === undefined) return;
    if (answer.ending !== "complete" || answer.risk !== undefined) return;
    const { text, sources, model } = answer;
    const expiresAt = new Date(clock.now() + days * DAY_MS);
    await orNull(store.save({ key, text, sources, model, askedBy, expiresAt }));
  }

  async function orNull<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      logger.warn("The cache of answers cannot be reached", { reason: errorMessage(error) });
      return null;
    }
  }

  return {
    async reject(text) {
      await orNull(store.reject(text, new Date(clock.now() + REJECTED_DAYS * DAY_MS)));
    },
    async answer(question, ask) {
      if (!isCommonQuestion(question)) return await ask(question);
      const isFirstQuestion = question.history.length === 0 && !question.summary;
      if (!isFirstQuestion && mayDependOnConversation(question)) return await ask(question);
      const key = questionKey(question, context);
      const found = await find(key);
      question.signal.throwIfAborted();
      if (found) return found;
      // The conversation may colour this answer, so it is not shared.
      if (!isFirstQuestion) return await ask(question);
      const askedAt = clock.monotonic();
      const { result, isFirst } = await shared.join(key, question, async (all) => {
        const answer = await ask({ ...question, ...all });
        await save(key, question, answer);
        return answer;
      });
      return isFirst ? result : withoutCost(result, clock.monotonic() - askedAt);
    },
  };
}

/** The answer for those who joined: its tokens are counted once, for the first. */
function withoutCost(answer: Answer, totalMs: number): Answer {
  if (answer.kind !== "answer" || answer.origin !== "model") return answer;
  const { usage: _counted, ...rest } = answer;
  return { ...rest, isCached: true, timing: { waitMs: 0, totalMs } };
}
