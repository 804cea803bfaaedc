import type {
  CallEnd,
  CallLoad,
  LineMember,
  SharedCall,
  SharedLine,
  SharedUse,
  UseAt,
} from "../../answers/index.ts";
import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import { KNOWN_MS, type Members } from "../members.ts";
import type { LineExchange, LineReply, LineRequest } from "./exchange.ts";

export interface ModelLineOptions {
  model: string;
  instance: string;
  exchange: Pick<LineExchange, "ask" | "onGranted">;
  members: Pick<Members, "share" | "placesApart" | "othersApart" | "count">;
  clock: Clock;
  logger: Logger;
}

/** How often an instance says that it lives and what it holds, in milliseconds. */
const BEAT_MS = 1_000;
const TIMES = {
  /** An instance that was silent for so long is dead, and its places are free, in milliseconds. */
  deadMs: 4_000,
  /**
   * When nobody asked for so long, Redis was away, frozen or emptied: for some time nothing is granted, until all
   * instances have said what they hold. In milliseconds.
   */
  gapMs: 3_000,
  warmUpMs: 3_000,
};
/** A shorter time without Redis changes nothing for the others, in milliseconds. */
const APART_MS = 2_000;
/** How long the calls of an instance are remembered here, in milliseconds. */
const REMEMBERED_MS = 61_000;

interface WaitingCall extends SharedCall {
  /** Its place among those of its priority, once it was in the line. */
  rank?: number;
  ahead?: CallLoad;
}

interface OwnCall {
  /** Monotonic milliseconds. */
  at: number;
  requests: number;
  promptTokens: number;
}

/** This instance's part in the line at a model. What it says is repeated with each beat, so nothing is lost for long. */
export class ModelLine implements SharedLine {
  readonly #options: ModelLineOptions;
  readonly #stopping = new AbortController();
  readonly #waiting = new Map<string, WaitingCall>();
  readonly #held = new Map<string, OwnCall>();
  /** The calls that began here within the last minute. */
  #own: OwnCall[] = [];
  #member: LineMember | undefined;
  #use: SharedUse | null = null;
  /** The calls of all, as last known, and when that was. */
  #known: { recent: readonly UseAt[]; at: number } = { recent: [], at: 0 };
  #apartSince: number;
  #isWarned = false;
  #ids = 0;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: ModelLineOptions) {
    this.#options = options;
    this.#apartSince = options.clock.monotonic();
  }

  /** What the other instances must know while Redis is away. */
  state(): { model: string; isApart: boolean; calls: number } {
    const isApart = this.#apartForMs() >= APART_MS;
    return { model: this.#options.model, isApart, calls: this.#held.size };
  }

  follow(member: LineMember): void {
    this.#member = member;
    this.#options.exchange.onGranted(this.#options.model, (id) => {
      this.#grant(id);
      member.changed();
    });
    this.#beating = this.#beat();
  }

  newId(): string {
    this.#ids += 1;
    return `${this.#options.instance}:${this.#ids}`;
  }

  use(): SharedUse | null {
    return this.#use;
  }

  share(limit: number): number {
    return this.#options.members.share(limit);
  }

  places(limit: number): number {
    const { members, model } = this.#options;
    return this.#apartForMs() < APART_MS + KNOWN_MS ? 0 : members.placesApart(model, limit);
  }

  ownPart(): UseAt[] {
    const { members, clock } = this.#options;
    const sinceMs = clock.monotonic() - this.#known.at;
    const part = (amount: number): number => Math.ceil(amount / members.count());
    return this.#known.recent.map(({ ageMs, requests, promptTokens }) => ({
      ageMs: ageMs + sinceMs,
      requests: part(requests),
      promptTokens: part(promptTokens),
    }));
  }

  async enter(call: SharedCall): Promise<void> {
    this.#waiting.set(call.id, { ...call });
    if (this.#use) await this.#ask({ op: "enter", call });
  }

  ahead(id: string): CallLoad | undefined {
    return this.#waiting.get(id)?.ahead;
  }

  leave(id: string): void {
    if (this.#waiting.delete(id)) void this.#ask({ op: "leave", id });
    else this.ended(id, { outcome: "unmade" });
  }

  began(id: string, promptTokens: number): void {
    this.#waiting.delete(id);
    if (this.#held.has(id)) return;
    const call = { at: this.#options.clock.monotonic(), requests: 1, promptTokens };
    this.#held.set(id, call);
    this.#own.push(call);
  }

  ended(id: string, { outcome, promptTokens, retryAfterMs }: CallEnd): void {
    const call = this.#held.get(id);
    if (!call) return;
    this.#held.delete(id);
    if (outcome === "unmade") Object.assign(call, { requests: 0, promptTokens: 0 });
    else if (promptTokens !== undefined) call.promptTokens = promptTokens;
    void this.#ask({ op: "end", id, outcome, promptTokens, retryAfterMs });
  }

  /** Leaves the line; no call may be in flight any more. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#beating;
    if (this.#use) await this.#ask({ op: "bye" });
  }

  #apartForMs(): number {
    return this.#use ? 0 : this.#options.clock.monotonic() - this.#apartSince;
  }

  async #beat(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const now = clock.monotonic();
      this.#own = this.#own.filter(({ at }) => now - at < REMEMBERED_MS);
      const ages = ({ at, ...call }: OwnCall) => ({ ...call, ageMs: Math.round(now - at) });
      await this.#ask({
        op: "beat",
        waiting: [...this.#waiting.values()].map(({ ahead: _told, ...call }) => call),
        held: [...this.#held].map(([id, call]) => ({ id, ...ages(call) })),
        ...(this.#use ? {} : { own: this.#own.filter(({ requests }) => requests > 0).map(ages) }),
      });
      await clock.sleep(this.#use ? BEAT_MS : BEAT_MS / 2, signal).catch(() => {});
    }
  }

  /** Says something to the line and takes in what it replies. Never rejects. */
  async #ask(request: LineRequest): Promise<void> {
    const { exchange, model, logger } = this.#options;
    const member = this.#member;
    if (!member) return;
    try {
      this.#hear(await exchange.ask(model, { ...request, ...this.#rules(member) }));
    } catch (error) {
      if (!this.#isWarned) {
        logger.warn("The line at the model is out of reach; this instance keeps to its share", {
          model,
          reason: errorMessage(error),
        });
      }
      this.#isWarned = true;
      this.#setApart();
    }
    member.changed();
  }

  #rules({ limits, today, before, rules }: LineMember): Record<string, unknown> {
    const { members, model } = this.#options;
    const { day, requests } = today();
    const apart = members.othersApart(model);
    const partOf = (limit = 0): number => apart * Math.floor(limit / members.count());
    return {
      ...limits,
      ...rules,
      ...TIMES,
      day,
      today: requests,
      before,
      apart: {
        maxConcurrent: partOf(limits.maxConcurrent),
        requestsPerMinute: partOf(limits.requestsPerMinute),
        tokensPerMinute: partOf(limits.tokensPerMinute),
      },
    };
  }

  #hear(reply: LineReply): void {
    if (!reply.isReady) {
      this.#setApart(); // for some seconds
      return;
    }
    const recent = reply.recent.map(([ageMs, requests, promptTokens]) => ({ ageMs, requests, promptTokens }));
    this.#use = {
      limit: reply.limit,
      inFlight: reply.inFlight,
      queued: { people: reply.people, all: reply.all },
      recent,
      requestsToday: reply.today,
      closedDay: reply.closedDay ?? null,
      pauseMs: reply.pauseMs,
      breaker: { state: reply.breaker, probeInMs: reply.probeInMs },
    };
    this.#known = { recent, at: this.#options.clock.monotonic() };
    this.#isWarned = false;
    for (const [id, { rank, ...ahead }] of Object.entries(reply.places)) {
      const call = this.#waiting.get(id);
      if (call) Object.assign(call, { rank, ahead });
    }
    for (const id of reply.held) this.#grant(id);
  }

  #grant(id: string): void {
    const call = this.#waiting.get(id);
    if (!call) return; // it began already, or left meanwhile, which the line hears of
    this.began(id, call.promptTokens);
    if (!this.#member?.granted(id)) this.ended(id, { outcome: "unmade" });
  }

  #setApart(): void {
    if (this.#use) this.#apartSince = this.#options.clock.monotonic();
    this.#use = null;
  }
}
