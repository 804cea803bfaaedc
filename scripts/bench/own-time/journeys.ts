import type { Journey, OwnTime, Places } from "./exchange.ts";

/** A step of a question's way after its arrival, with the place that it leaves. */
const LEAVES = {
  deliveredMs: "atTelegram",
  calledMs: "beforeModel",
  lastWordMs: "atModel",
  sentMs: "beforeSend",
} as const satisfies Record<string, keyof Places>;
export type Step = keyof typeof LEAVES;
const STEPS = Object.keys(LEAVES) as Step[];

/** The bot's own time for a question that is answered. */
export function ownTime({ deliveredMs = 0, calledMs = 0, lastWordMs = 0, sentMs = 0 }: Journey): OwnTime {
  return { beforeMs: calledMs - deliveredMs, afterMs: sentMs - lastWordMs };
}

/** All of a response time that is not the model's: its own time, and the time that the question waits at Telegram. */
export function ownMs(journey: Journey): number {
  const { beforeMs, afterMs } = ownTime(journey);
  return fetchMs(journey) + beforeMs + afterMs;
}

/** From the arrival at Telegram until the bot fetches it, which it does later when it is busy. */
export function fetchMs({ arrivedMs, deliveredMs = arrivedMs }: Journey): number {
  return deliveredMs - arrivedMs;
}

/** Notes when each question reaches each step, and how many are where. */
export class Journeys {
  /** Called when the whole answer to a question was sent. */
  onSent: (journey: Journey) => void = () => {};
  readonly #open = new Map<number, Journey>();
  readonly #openByUser = new Map<number, number>();
  readonly #now = noPlaces();
  #peaks = noPlaces();
  #peakInBot = 0;

  get openCount(): number {
    return this.#open.size;
  }

  hasOpen(userId: number): boolean {
    return this.#openByUser.has(userId);
  }

  begin(number: number, userId: number): Journey {
    const journey: Journey = { number, userId, arrivedMs: performance.now() };
    this.#open.set(number, journey);
    this.#openByUser.set(userId, (this.#openByUser.get(userId) ?? 0) + 1);
    this.#enter("atTelegram");
    return journey;
  }

  /** Notes the first time of a step; steps that come again, or for a question that is answered, are ignored. */
  note(number: number, step: Step): void {
    const journey = this.#open.get(number);
    const index = STEPS.indexOf(step);
    const before = STEPS[index - 1];
    if (!journey || journey[step] !== undefined || (before && journey[before] === undefined)) return;
    journey[step] = performance.now();
    this.#now[LEAVES[step]] -= 1;
    const next = STEPS[index + 1];
    if (next) this.#enter(LEAVES[next]);
    else this.#end(journey);
  }

  /** The most questions at each place, and in the bot, since the last call. */
  takePeaks(): { peaks: Places; peakInBot: number } {
    const taken = { peaks: this.#peaks, peakInBot: this.#peakInBot };
    this.#peaks = { ...this.#now };
    this.#peakInBot = this.#inBot();
    return taken;
  }

  #enter(place: keyof Places): void {
    this.#now[place] += 1;
    this.#peaks[place] = Math.max(this.#peaks[place], this.#now[place]);
    this.#peakInBot = Math.max(this.#peakInBot, this.#inBot());
  }

  /** A question at the model is still one that the bot has in its inbox. */
  #inBot(): number {
    return this.#now.beforeModel + this.#now.atModel + this.#now.beforeSend;
  }

  #end(journey: Journey): void {
    this.#open.delete(journey.number);
    const left = (this.#openByUser.get(journey.userId) ?? 0) - 1;
    if (left > 0) this.#openByUser.set(journey.userId, left);
    else this.#openByUser.delete(journey.userId);
    this.onSent(journey);
  }
}

function noPlaces(): Places {
  return { atTelegram: 0, beforeModel: 0, atModel: 0, beforeSend: 0 };
}
