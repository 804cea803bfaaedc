import { type AnswersDeps, createAnswers, type LiveAnswers, type Question } from "../../lib/answers/index.ts";
import type { ModelLimits } from "../../lib/answers/scheduling/model-scheduler.ts";
import type { Clock, LogFields, Logger } from "../../lib/core/index.ts";
import {
  createFakeGemini,
  type FakeGemini,
  type FakeGeminiOptions,
} from "../../lib/sandbox/models/gemini/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { passages } from "./passages.ts";

/** A fake clock that tells when something begins to sleep, so that a test need not guess. */
export class WatchedClock implements Clock {
  private readonly clock = new FakeClock();
  /** How long each sleep under way was meant to be (milliseconds). */
  readonly sleeps: number[] = [];
  private waiters: { isMeant: (ms: number) => boolean; resolve: (ms: number) => void }[] = [];

  now = (): number => this.clock.now();

  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    this.sleeps.push(ms);
    for (const { resolve } of this.waiters.filter(({ isMeant }) => isMeant(ms))) resolve(ms);
    this.waiters = this.waiters.filter(({ isMeant }) => !isMeant(ms));
    try {
      await this.clock.sleep(ms, signal);
    } finally {
      this.sleeps.splice(this.sleeps.indexOf(ms), 1);
    }
  };

  advance = async (ms: number): Promise<void> => await this.clock.advance(ms);

  /** Resolves with the length of a sleep that is under way or begins, when it is one of those meant. */
  sleepBegun = (isMeant: (ms: number) => boolean): Promise<number> => {
    const present = this.sleeps.find(isMeant);
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve) => {
      this.waiters.push({ isMeant, resolve });
    });
  };

  /** Waits for a pause to begin, by default one before a retry, and lets it pass. Answers how long it was. */
  passPause = async (isMeant = (ms: number): boolean => ms < 20_000): Promise<number> => {
    const ms = await this.sleepBegun(isMeant);
    await this.advance(ms);
    return ms;
  };
}

/** Makes short sleeps pass at once, for tests of many calls; the long ones, which only watch, never end by themselves. */
function impatient(clock: WatchedClock): Clock {
  return {
    now: () => clock.now(),
    sleep: async (ms, signal) =>
      ms < 20_000 ? await new Promise((resolve) => setImmediate(resolve)) : await clock.sleep(ms, signal),
  };
}

/** A logger that keeps what it is told. */
export function createLogBook(): Logger & { lines: { level: string; message: string; fields: LogFields }[] } {
  const lines: { level: string; message: string; fields: LogFields }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, fields });
  return { lines, error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

export const API_KEY = "a-key-for-tests";
export const MODEL = "gemini-test";

/** Everything a test of answers needs, over real HTTP to a fake Gemini and on a clock turned by hand. */
export interface Bench {
  answers: LiveAnswers;
  gemini: FakeGemini;
  clock: WatchedClock;
  log: ReturnType<typeof createLogBook>;
  /** Ends everything; hangs when a call is left open. */
  stop(): Promise<void>;
}

export interface BenchOptions {
  gemini?: Partial<FakeGeminiOptions>;
  answers?: Partial<AnswersDeps>;
  maxConcurrent?: number;
  limits?: Partial<ModelLimits>;
  /** Short sleeps pass at once. */
  isImpatient?: boolean;
}

export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const watched = new WatchedClock();
  const clock = options.isImpatient ? impatient(watched) : watched;
  const log = createLogBook();
  const gemini = createFakeGemini({ clock, apiKey: API_KEY, model: MODEL, ...options.gemini });
  const { baseUrl } = await gemini.start();
  const answers = createAnswers({
    passages,
    persona: "You are a kind librarian.",
    rules: ["Be brief."],
    gemini: {
      apiKey: API_KEY,
      model: MODEL,
      baseUrl,
      maxConcurrent: options.maxConcurrent ?? 8,
      ...options.limits,
    },
    clock,
    random: () => 0.5,
    logger: log,
    ...options.answers,
  });
  return {
    answers,
    gemini,
    clock: watched,
    log,
    async stop() {
      await answers.close();
      await gemini.waitUntil(({ inFlight }) => inFlight === 0); // its side sees the end of a call a little later
      await gemini.stop();
    },
  };
}

/** A question by someone who writes English and asks about condoms, unless told otherwise. */
export function question(changes: Partial<Question> = {}): Question {
  return {
    text: "How do I put on a condom?",
    language: "en",
    history: [],
    signal: new AbortController().signal,
    ...changes,
  };
}
