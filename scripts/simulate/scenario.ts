import { systemClock } from "../../lib/core/index.ts";
import type { FakeModel } from "../../lib/sandbox/models/index.ts";
import { keepBot } from "./bot/keep-bot.ts";
import { residentBytes, watchMemory } from "./bot/memory.ts";
import { type Checks, check } from "./checks.ts";
import { type Asked, type Crowd, createCrowd } from "./crowd.ts";
import { createFaults, type FaultShares } from "./faults.ts";
import { openHistory } from "./history.ts";
import { answerTo, type PlannedPerson } from "./plan.ts";
import { seededRandom } from "./random.ts";
import { createSimulation, type SimulatedProvider, type Simulation } from "./simulation.ts";

/** One crowd of a scenario; it starts when the one before has finished. */
export interface PhasePlan {
  label: string;
  people: readonly PlannedPerson[];
  /** No question is asked after this time, at true speed. */
  closesAfterMs?: number;
}

export interface ScenarioOptions {
  name: string;
  provider: SimulatedProvider;
  /** MAX_CONCURRENT_CHATS and the calls in flight that the bot allows its model. */
  chats: number;
  slots: number;
  phases: readonly PhasePlan[];
  faults: FaultShares;
  /** The time between kills, at true speed; never if missing. */
  killEveryMs?: number;
  /** A MongoDB to use instead of the embedded one. */
  mongodbUri?: string;
  /** Divides every latency and pause. */
  speed: number;
  seed: number;
  /** Ends the asking and waiting. */
  signal: AbortSignal;
  onProgress?: (progress: { phase: string; asked: number; answered: number }) => void;
}

/** A call to the model; times are as measured by the model, from the start of its phase. */
export interface SlotCall {
  questionId: string;
  beganAtMs: number;
  endedAtMs: number;
  outcome: string;
}

export interface PhaseResult {
  label: string;
  people: number;
  /** As measured. */
  startedAt: number;
  asked: readonly Asked[];
  calls: readonly SlotCall[];
  /** The bot's memory before the crowd and at its peak; null where it could not be measured. */
  memory: { idleBytes: number; peakBytes: number } | null;
}

export interface ScenarioResult {
  name: string;
  slots: number;
  phases: readonly PhaseResult[];
  checks: Checks;
  kills: number;
  /** Questions still open when the run was interrupted. */
  leftOpen: number;
}

/** The first word of an answer is streamed after this share of the call's latency. */
const FIRST_WORD = 0.3;
const WARM_UP_USER = 9_000;
const WARM_UP_PEOPLE = 8;
const WARM_UP_ROUNDS = 6;
const MAX_CALLS = 100_000;

/**
 * Runs the real bot in a process of its own, plays each crowd, stops the bot, and checks every question.
 * @throws when the bot ends by itself.
 */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { speed, signal } = options;
  const latencies = latenciesOf(options);
  const simulation = await createSimulation({
    provider: options.provider,
    isPlain: true,
    respond: ({ question }) => answerTo(question),
    latency({ question }) {
      const totalMs = (latencies.get(question) ?? 0) / speed;
      return { firstMs: totalMs * FIRST_WORD, totalMs };
    },
    keepCalls: MAX_CALLS,
    faults: createFaults(options.faults, seededRandom(options.seed + 1)),
  });
  const history = openHistory(simulation.dataFolder, options.mongodbUri);
  try {
    const environment = {
      MAX_CONCURRENT_CHATS: String(options.chats),
      ...simulation.modelSetting("MAX_CONCURRENT", String(options.slots)),
      LOG_LEVEL: "error",
      ...history.environment,
    };
    let kills = 0;
    let crowd: Crowd | undefined;
    const bot = await keepBot({
      start: () => simulation.startBot(environment),
      ...(options.killEveryMs === undefined ? {} : { killEveryMs: options.killEveryMs / speed }),
      onKilled() {
        kills += 1;
        crowd?.killed();
      },
    });
    const over = AbortSignal.any([signal, bot.failure]);
    await warmUp(simulation, over);
    let phase = "";
    crowd = createCrowd({
      telegram: simulation.telegram,
      speed,
      signal: over,
      onProgress: (progress) => options.onProgress?.({ phase, ...progress }),
    });
    const phases: PhaseResult[] = [];
    for (const plan of options.phases) {
      if (over.aborted) break;
      phase = plan.label;
      phases.push(await runPhase(plan, crowd, simulation.model, bot.pid));
    }
    await bot.stop(signal.aborted ? "SIGKILL" : "SIGTERM");
    crowd.leave();
    if (!signal.aborted) bot.failure.throwIfAborted();
    const { asked, arrivals } = crowd;
    const judged = signal.aborted ? asked.filter(({ answeredAt }) => answeredAt !== undefined) : asked;
    const checks = check(judged, arrivals, await history.read());
    const { name, slots } = options;
    return { name, slots, phases, checks, kills, leftOpen: asked.length - judged.length };
  } finally {
    await simulation.close();
    await history.close();
  }
}

function latenciesOf({ phases }: ScenarioOptions): Map<string, number> {
  const questions = phases.flatMap(({ people }) => people.flatMap((person) => person.questions));
  return new Map(questions.map(({ text, latencyMs }) => [text, latencyMs]));
}

/** Asks some questions before anything is measured, so that the figures do not include the warm-up. */
async function warmUp({ telegram, botTexts }: Simulation, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < WARM_UP_ROUNDS && !signal.aborted; round += 1) {
    const users = Array.from({ length: WARM_UP_PEOPLE }, (_, index) => WARM_UP_USER + index);
    const text = `Question warm-up-${round}: are you there?`;
    await Promise.all(users.map((userId) => telegram.sendText({ userId, firstName: "First" }, text)));
    const areAnswered = () => users.every((userId) => botTexts(userId).length > round);
    await telegram.waitFor(areAnswered, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

async function runPhase(
  { label, people, closesAfterMs }: PhasePlan,
  crowd: Crowd,
  model: FakeModel,
  pid: () => number | undefined,
): Promise<PhaseResult> {
  const before = crowd.asked.length;
  const callsBefore = model.calls.length;
  const id = pid();
  const idleBytes = id === undefined ? null : residentBytes(id);
  const peak = watchMemory(pid);
  const startedAt = performance.now();
  const startedAtClock = systemClock.now();
  await crowd.play(people, closesAfterMs);
  const peakBytes = peak();
  const asked = crowd.asked.slice(before);
  const ids = new Map(asked.map((question) => [question.text, question.id]));
  const calls = model.calls.slice(callsBefore).flatMap((call): SlotCall[] => {
    const questionId = ids.get(call.question);
    if (questionId === undefined) return [];
    const beganAtMs = call.arrivedAt - startedAtClock;
    const endedAtMs = (call.endedAt ?? systemClock.now()) - startedAtClock;
    return [{ questionId, beganAtMs, endedAtMs, outcome: call.outcome ?? "open" }];
  });
  const memory = idleBytes === null || peakBytes === null ? null : { idleBytes, peakBytes };
  return { label, people: new Set(asked.map(({ userId }) => userId)).size, startedAt, asked, calls, memory };
}
