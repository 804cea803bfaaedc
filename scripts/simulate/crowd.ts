import { setMaxListeners } from "node:events";
import { systemClock } from "../../lib/core/index.ts";
import type { SandboxEvent, SandboxTelegram } from "../../lib/sandbox/index.ts";
import {
  isWaitingMessage,
  isWholeAnswer,
  type PlannedPerson,
  type PlannedQuestion,
  questionOf,
} from "./plan.ts";

/** A question that was asked. Times are in milliseconds of one clock, as measured. */
export interface Asked {
  id: string;
  userId: number;
  text: string;
  /** The model's latency, at true speed. */
  latencyMs: number;
  /** When it was queued at Telegram. */
  askedAt: number;
  /** When the first word of its answer was visible. */
  firstWordAt?: number;
  /** When its whole answer was visible. */
  answeredAt?: number;
  /** Whether it was answered without the model: by the library or by an apology. */
  isStandIn?: boolean;
}

/** A message of the bot that reached a chat. */
export interface Arrival {
  userId: number;
  /** The question it answers; null when it names none, as answers of the library and apologies do not. */
  questionId: string | null;
  /** The run of the process that sent it: 0 before the first kill. */
  run: number;
  /** Whether Telegram answered the send with success. */
  isConfirmed: boolean;
}

export interface CrowdOptions {
  telegram: SandboxTelegram;
  /** Divides every pause of the people. */
  speed: number;
  /** Ends the asking and waiting. */
  signal: AbortSignal;
  /** Called after every question and every answer. */
  onProgress?: (progress: { asked: number; answered: number }) => void;
}

/** When nothing is answered for this time, at any speed, open questions count as lost. */
const PATIENCE_MS = 90_000;
const LOOK_MS = 500;

/** The people of a simulation, who ask, wait, and record what reaches them. */
export interface Crowd {
  /** Every question so far, in the order asked. */
  readonly asked: readonly Asked[];
  /** Every message of the bot so far, in the order of arrival. */
  readonly arrivals: readonly Arrival[];
  /** Plays the plans of people; none asks after `closesAfterMs`. Resolves when nobody waits any more. */
  play(people: readonly PlannedPerson[], closesAfterMs?: number): Promise<void>;
  /** Has to be called when the process was killed. */
  killed(): void;
  /** Stops listening. */
  leave(): void;
}

export function createCrowd({ telegram, speed, signal, onProgress }: CrowdOptions): Crowd {
  const asked: Asked[] = [];
  const byId = new Map<string, Asked>();
  const arrivals: Arrival[] = [];
  const unconfirmed = new Map<number, Arrival>();
  /** Messages that say that the answer takes a while, until the answer replaces them. */
  const waitingMessages = new Set<number>();
  /** Ends the wait for an answer, by question. */
  const waiting = new Map<string, () => void>();
  const givingUp = new AbortController();
  const over = AbortSignal.any([signal, givingUp.signal]);
  setMaxListeners(0, over);
  let run = 0;
  let answered = 0;
  let lastNewsAt = performance.now();
  over.addEventListener("abort", () => {
    for (const end of waiting.values()) end();
  });

  function oldestOpen(userId: number): Asked | undefined {
    return asked.find((question) => question.userId === userId && question.answeredAt === undefined);
  }

  function arrived(userId: number, messageId: number, text: string): void {
    const arrival = { userId, questionId: questionOf(text), run, isConfirmed: false };
    arrivals.push(arrival);
    unconfirmed.set(messageId, arrival);
    answer(userId, arrival.questionId);
  }

  /** The answer replaces the waiting message piece by piece; repeating an edit makes no copy. */
  function edited(userId: number, messageId: number, text: string): void {
    if (!waitingMessages.has(messageId) || isWaitingMessage(text)) return;
    const id = questionOf(text);
    const question = byId.get(id ?? "");
    if (question) question.firstWordAt ??= performance.now();
    const isWhole = question ? isWholeAnswer(text) : !text.startsWith("Answer");
    if (!isWhole) return;
    waitingMessages.delete(messageId);
    arrivals.push({ userId, questionId: id, run, isConfirmed: true });
    answer(userId, id);
  }

  function answer(userId: number, id: string | null): void {
    const question = id === null ? oldestOpen(userId) : byId.get(id);
    if (!question || question.answeredAt !== undefined) return;
    question.answeredAt = performance.now();
    question.firstWordAt ??= question.answeredAt;
    if (id === null) question.isStandIn = true;
    answered += 1;
    lastNewsAt = question.answeredAt;
    waiting.get(question.id)?.();
    onProgress?.({ asked: asked.length, answered });
  }

  function hear(event: SandboxEvent): void {
    if (event.type === "message" && event.message.from.is_bot) {
      const { message_id: messageId, text = "" } = event.message;
      if (isWaitingMessage(text)) waitingMessages.add(messageId);
      else arrived(event.chatId, messageId, text);
    } else if (event.type === "edited") {
      edited(event.chatId, event.message.message_id, event.message.text ?? "");
    } else if (event.type === "draft") {
      const question = byId.get(questionOf(event.draft.text) ?? "");
      if (question) question.firstWordAt ??= performance.now();
    } else if (event.type === "call" && event.call.outcome.kind === "ok") {
      if (event.call.method !== "sendMessage") return;
      const { message_id: messageId } = event.call.outcome.result as { message_id: number };
      const arrival = unconfirmed.get(messageId);
      if (arrival) arrival.isConfirmed = true;
      unconfirmed.delete(messageId);
    }
  }

  async function ask(userId: number, planned: PlannedQuestion): Promise<{ answered: Promise<void> }> {
    const question: Asked = { ...pick(planned), userId, askedAt: 0 };
    const ended = new Promise<void>((resolve) => waiting.set(question.id, resolve));
    await telegram.sendText({ userId, firstName: `P${userId}` }, question.text);
    question.askedAt = performance.now();
    asked.push(question);
    byId.set(question.id, question);
    onProgress?.({ asked: asked.length, answered });
    return { answered: ended.finally(() => waiting.delete(question.id)) };
  }

  async function live(person: PlannedPerson, closesAt: number): Promise<void> {
    const pause = (ms: number): Promise<void> => systemClock.sleep(ms / speed, over).catch(() => {});
    const open: Promise<void>[] = [];
    await pause(person.arrivesAtMs);
    for (const question of person.questions) {
      if (question.waits) await Promise.all(open);
      if (question.pauseMs > 0) await pause(question.pauseMs);
      if (over.aborted || performance.now() >= closesAt) break;
      open.push((await ask(person.userId, question)).answered);
    }
    if (!over.aborted) await Promise.all(open);
  }

  const unsubscribe = telegram.subscribe(hear);
  return {
    asked,
    arrivals,
    async play(people, closesAfterMs = Number.POSITIVE_INFINITY) {
      const closesAt = performance.now() + closesAfterMs / speed;
      lastNewsAt = performance.now();
      const watch = setInterval(() => {
        if (waiting.size === 0) lastNewsAt = performance.now();
        if (performance.now() - lastNewsAt > PATIENCE_MS) givingUp.abort();
      }, LOOK_MS);
      try {
        await Promise.all(people.map((person) => live(person, closesAt)));
      } finally {
        clearInterval(watch);
      }
    },
    killed() {
      run += 1;
    },
    leave: unsubscribe,
  };
}

function pick({ id, text, latencyMs }: PlannedQuestion): Pick<Asked, "id" | "text" | "latencyMs"> {
  return { id, text, latencyMs };
}
