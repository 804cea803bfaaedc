import { createHash } from "node:crypto";
import type { Passage } from "../../content/index.ts";
import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import type { Answer, ModelAnswer, Question } from "../answer.ts";
import type { AnswerCacheStore } from "./answer-cache.ts";
import { isCommonQuestion, mayLeanOnConversation, questionKey } from "./common-question.ts";
import { createSharedWork } from "./shared-work.ts";

export interface CommonAnswersDeps {
  store: AnswerCacheStore;
  /** How long an answer is kept. */
  days: number;
  /** What every answer depends on besides its question. */
  model: string;
  persona: string;
  rules: readonly string[];
  passages: readonly Passage[];
  clock: Clock;
  logger: Logger;
}

/** Asks the model once for what many ask: at the same time, or one after the other. */
export interface CommonAnswers {
  /** Answers from what is kept, together with others, or by `ask` alone. @throws what `ask` throws */
  answer(question: Question, ask: (question: Question) => Promise<Answer>): Promise<Answer>;
}

const DAY_MS = 86_400_000;

/** What is kept only saves time: where it cannot be reached, the model is asked. */
export function createCommonAnswers(deps: CommonAnswersDeps): CommonAnswers {
  const { store, days, model, persona, rules, passages, clock, logger } = deps;
  const library = passages.map(({ id, title, section, text }) => [id, title, section, text]);
  const context = createHash("sha256")
    .update(JSON.stringify([model, persona, rules, library]))
    .digest("hex");
  const shared = createSharedWork<Answer>();

  async function find(key: string): Promise<ModelAnswer | null> {
    const askedAt = clock.now();
    const kept = await orNull(store.find(key, new Date(askedAt)));
    if (!kept) return null;
    const { text, sources } = kept;
    const timing = { waitMs: 0, totalMs: clock.now() - askedAt };
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

  /** Resolves when the answer is kept, so that whoever erases their data afterwards erases it too. */
  async function keep(key: string, { askedBy }: Question, answer: Answer): Promise<void> {
    if (answer.kind !== "answer" || answer.origin !== "model" || askedBy === undefined) return;
    if (answer.ending !== "complete" || answer.risk !== undefined) return;
    const { text, sources } = answer;
    const expiresAt = new Date(clock.now() + days * DAY_MS);
    await orNull(store.save({ key, text, sources, model, askedBy, expiresAt }));
  }

  async function orNull<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      logger.warn("Answers kept for others cannot be reached", { reason: errorMessage(error) });
      return null;
    }
  }

  return {
    async answer(question, ask) {
      if (!isCommonQuestion(question)) return await ask(question);
      const isFirstWord = question.history.length === 0 && !question.summary;
      if (!isFirstWord && mayLeanOnConversation(question)) return await ask(question);
      const key = questionKey(question, context);
      const kept = await find(key);
      question.signal.throwIfAborted();
      if (kept) return kept;
      // What was said before may colour this answer: it is nobody else's.
      if (!isFirstWord) return await ask(question);
      const askedAt = clock.now();
      const { result, isFirst } = await shared.join(key, question, async (all) => {
        const answer = await ask({ ...question, ...all });
        await keep(key, question, answer);
        return answer;
      });
      return isFirst ? result : withoutCost(result, clock.now() - askedAt);
    },
  };
}

/** The same answer for somebody who only waited along: its tokens are counted once. */
function withoutCost(answer: Answer, totalMs: number): Answer {
  if (answer.kind !== "answer" || answer.origin !== "model") return answer;
  const { usage: _counted, ...rest } = answer;
  return { ...rest, isCached: true, timing: { waitMs: 0, totalMs } };
}
