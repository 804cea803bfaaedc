import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../simulate/random.ts";
import type { Journey, Load, LoadResult } from "./exchange.ts";
import { type Journeys, ownMs } from "./journeys.ts";

/** A question of a load that is due at a time after its begin. */
interface Arrival {
  dueMs: number;
  /** Missing: one of the people. */
  bystander?: number;
}

/** With no answer for this long, the questions that are open are lost. */
const SILENCE_MS = 60_000;
const LOOK_MS = 20;
/** People who are tried before somebody is asked who has an open question. */
const MAX_TRIES = 20;

/** The ids of all bystanders so far, which are above those of all people. */
let lastBystander = 1_000_000;

/**
 * Offers a load, and waits until all of it is answered or nothing more comes.
 * @param offer gives Telegram a question of a user
 */
export async function offerLoad(
  load: Load,
  journeys: Journeys,
  offer: (userId: number) => Journey,
): Promise<LoadResult> {
  const random = seededRandom(load.seed);
  const arrivals = drawArrivals(load, random);
  const answers = watchAnswers(journeys, load, arrivals.length);
  journeys.takePeaks();
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const all: Journey[] = [];
  for (const { dueMs, bystander } of arrivals) {
    const waitMs = startedMs + dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    if (answers.areLate()) break;
    all.push(offer(bystander ?? pick(load, journeys, random)));
  }
  const endedMs = performance.now();
  while (journeys.openCount > 0) {
    if (performance.now() - Math.max(answers.lastMs(), endedMs) > SILENCE_MS) break;
    await sleep(LOOK_MS);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    journeys: all,
    isCutShort: all.length < arrivals.length,
    drainMs: Math.max(0, answers.lastMs() - endedMs),
    otherMessages: {},
    ...journeys.takePeaks(),
    serversCpuMs: (user + system) / 1_000,
  };
}

/** Watches the answers to a load of a number of questions. */
function watchAnswers(journeys: Journeys, { limit }: Load, count: number) {
  let late = 0;
  let lastMs = 0;
  journeys.onSent = (journey) => {
    lastMs = journey.sentMs ?? lastMs;
    if (limit && ownMs(journey) >= limit.ownMs) late += 1;
  };
  return {
    areLate: () => limit !== undefined && late > count * limit.lateShare,
    lastMs: () => lastMs,
  };
}

/** Arrivals at random times (Poisson), and bystanders between them. */
function drawArrivals({ rate, seconds, bystanders }: Load, random: () => number): Arrival[] {
  const arrivals: Arrival[] = [];
  const endMs = seconds * 1_000;
  const gapMs = (): number => (-Math.log(1 - random()) / rate) * 1_000;
  for (let dueMs = gapMs(); dueMs < endMs; dueMs += gapMs()) arrivals.push({ dueMs });
  for (let index = 0; index < bystanders; index += 1) {
    lastBystander += 1;
    arrivals.push({ dueMs: ((index + 0.5) / bystanders) * endMs, bystander: lastBystander });
  }
  return arrivals.toSorted((a, b) => a.dueMs - b.dueMs);
}

function pick({ people, asksIdleOnly }: Load, journeys: Journeys, random: () => number): number {
  const anybody = (): number => 1 + Math.floor(random() * people);
  let userId = anybody();
  for (let tries = 1; asksIdleOnly && journeys.hasOpen(userId) && tries < MAX_TRIES; tries += 1) {
    userId = anybody();
  }
  return userId;
}
