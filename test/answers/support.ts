import {
  type AnswersDeps,
  createAnswers,
  type LiveAnswers,
  openModel,
  type ProviderName,
  type Question,
} from "../../lib/answers/index.ts";
import type { ModelLimits } from "../../lib/answers/scheduling/model-scheduler.ts";
import type { ModelUsage } from "../../lib/answers/scheduling/model-usage.ts";
import { type Clock, type LogFields, type Logger, silentLogger } from "../../lib/core/index.ts";
import {
  bindPerformanceMonitor,
  createPerformanceMonitor,
  type PerformanceMonitor,
} from "../../lib/performance/index.ts";
import {
  createFakeGemini,
  createFakeOpenAi,
  type FakeModel,
  type FakeModelOptions,
} from "../../lib/sandbox/models/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { passages } from "./passages.ts";

/** A fake clock with events for sleeps, so that a test can wait for one to begin. */
export class WatchedClock implements Clock {
  private readonly clock = new FakeClock();
  /** Durations of the sleeps under way, in milliseconds. */
  readonly sleeps: number[] = [];
  private waiters: { isMeant: (ms: number) => boolean; resolve: (ms: number) => void }[] = [];

  now = (): number => this.clock.now();

  monotonic = (): number => this.clock.monotonic();

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

  /** Resolves with the duration of the first sleep, under way or to come, that `isMeant` accepts. */
  sleepBegun = (isMeant: (ms: number) => boolean): Promise<number> => {
    const present = this.sleeps.find(isMeant);
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve) => {
      this.waiters.push({ isMeant, resolve });
    });
  };

  /** Waits for a sleep to begin, by default a pause before a retry, and lets it pass. Resolves with its duration. */
  passPause = async (isMeant = (ms: number): boolean => ms < 20_000): Promise<number> => {
    const ms = await this.sleepBegun(isMeant);
    await this.advance(ms);
    return ms;
  };
}

/** Lets short sleeps pass at once, for tests of many calls; long ones are timeouts and never end by themselves. */
function impatient(clock: WatchedClock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: async (ms, signal) =>
      ms < 20_000 ? await new Promise((resolve) => setImmediate(resolve)) : await clock.sleep(ms, signal),
  };
}

/** A monitor of the test's own, bound as the process's until `unbind` is called. */
export function bindMonitor(): { monitor: PerformanceMonitor; unbind(): void } {
  const monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 60_000, logger: silentLogger });
  return { monitor, unbind: bindPerformanceMonitor(monitor) };
}

/** A logger that keeps its lines. */
export function createLogBook(): Logger & { lines: { level: string; message: string; fields: LogFields }[] } {
  const lines: { level: string; message: string; fields: LogFields }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, fields });
  return { lines, error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

export const API_KEY = "a-key-for-tests";
export const MODEL = "model-test";

/** A provider and its fake. */
export interface TestedProvider {
  name: ProviderName;
  /** As the log names it. */
  title: string;
  createFake(options: FakeModelOptions): FakeModel;
}

const GEMINI: TestedProvider = { name: "gemini", title: "Gemini", createFake: createFakeGemini };
const OPENAI: TestedProvider = {
  name: "openai",
  title: "OpenAI-compatible model",
  createFake: createFakeOpenAi,
};

/** What every model must do alike is tested on each of these. */
export const TESTED_PROVIDERS: readonly TestedProvider[] = [GEMINI, OPENAI];

/** Answers over real HTTP to a fake model, on a fake clock. */
export interface Bench {
  answers: LiveAnswers;
  fake: FakeModel;
  clock: WatchedClock;
  log: ReturnType<typeof createLogBook>;
  /** Closes everything; hangs when a call is left open. */
  stop(): Promise<void>;
}

export interface BenchOptions {
  /** Gemini unless another is given. */
  provider?: TestedProvider;
  fake?: Partial<FakeModelOptions>;
  answers?: Partial<AnswersDeps>;
  maxConcurrent?: number;
  limits?: Partial<ModelLimits>;
  usage?: ModelUsage;
  /** Short sleeps pass at once. */
  isImpatient?: boolean;
}

export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const watched = new WatchedClock();
  const clock = options.isImpatient ? impatient(watched) : watched;
  const log = createLogBook();
  const provider = options.provider ?? GEMINI;
  const fake = provider.createFake({ clock, apiKey: API_KEY, model: MODEL, ...options.fake });
  const { baseUrl } = await fake.start();
  const model = await openModel({ provider: provider.name, apiKey: API_KEY, model: MODEL, baseUrl });
  const answers = createAnswers({
    passages,
    persona: "You are a kind librarian.",
    rules: ["Be brief."],
    models: [
      {
        model,
        limits: { maxConcurrent: options.maxConcurrent ?? 8, ...options.limits },
        ...(options.usage ? { usage: options.usage } : {}),
      },
    ],
    firstWordMs: 20_000,
    clock,
    random: () => 0.5,
    logger: log,
    ...options.answers,
  });
  return {
    answers,
    fake,
    clock: watched,
    log,
    async stop() {
      await answers.close();
      await fake.waitUntil(({ inFlight }) => inFlight === 0); // the server sees the end of a call a little later
      await fake.stop();
    },
  };
}

/** An English question about condoms, unless changed. */
export function question(changes: Partial<Question> = {}): Question {
  return {
    text: "How do I put on a condom?",
    language: "en",
    history: [],
    signal: new AbortController().signal,
    ...changes,
  };
}
