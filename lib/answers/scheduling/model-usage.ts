import { AsyncResource } from "node:async_hooks";
import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import type { UsageStore, UsageTotals } from "../../store/index.ts";
import type { TokenUsage } from "../answer.ts";
import type { MinuteUse } from "./model-quota.ts";
import { pacificDay, pacificDayEnd } from "./pacific-day.ts";

type UsageAmount = Pick<UsageTotals, "requests" | "promptTokens" | "outputTokens">;
type StoredMinute = NonNullable<UsageTotals["lastMinute"]>;

/** What the operator will pay for the model, in one currency. Its months consist of the quota's days. */
export interface ModelBudget {
  monthly?: number | undefined;
  inputPerMillionTokens: number;
  outputPerMillionTokens: number;
}

export interface ModelUsageDeps {
  /** Missing: it is kept in memory only. */
  store?: UsageStore | undefined;
  model: string;
  /** The other models in use, which have budgets of their own. */
  others?: readonly string[];
  /** The present budget; the operator may change it while the bot runs. */
  budget?: (() => ModelBudget) | undefined;
  clock: Clock;
  logger: Logger;
}

/** A request that is counted from its start. */
export interface UsageEntry {
  /** @param minute the present use of the per-minute quotas, this request included */
  end(tokens: TokenUsage, minute?: MinuteUse): void;
  /** The request was not made after all. */
  refund(): void;
}

/** How often the use by other instances is read, in milliseconds. */
const FOLLOW_MS = 5_000;

const NOTHING: UsageAmount = { requests: 0, promptTokens: 0, outputTokens: 0 };

/** Continues from what was stored in this month. */
export async function openModelUsage(deps: ModelUsageDeps): Promise<ModelUsage> {
  const month = pacificDay(deps.clock.now()).slice(0, 7);
  return new ModelUsage(deps, (await deps.store?.since(`${month}-01`)) ?? []);
}

/**
 * Counts the day's requests and the month's cost. Calls that end during a write share the next one; a failed write is
 * repeated after the next call, so answers never wait for it. A crash loses, or an unclear failure repeats, a call or
 * two.
 */
export class ModelUsage {
  readonly #deps: ModelUsageDeps;
  /** The month's use by day and model, as stored; `#unsaved` is what comes on top. */
  readonly #saved: Map<string, UsageTotals>;
  readonly #unsaved = new Map<string, UsageTotals>();
  /** Use of the per-minute quotas when this model was last used before this start. */
  readonly before: MinuteUse | undefined;
  #lastMinute: StoredMinute | undefined;
  #saving: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #today = { name: "", endsAt: Number.NEGATIVE_INFINITY };

  constructor(deps: ModelUsageDeps, known: readonly UsageTotals[] = []) {
    this.#deps = deps;
    this.#saved = new Map(known.map((day) => [keyOf(day), day]));
    this.before = latestMinute(known.filter((day) => day.model === deps.model));
  }

  /** Requests to this model today. */
  requestsToday(): number {
    const key = keyOf({ day: this.#dayNow(), model: this.#deps.model });
    return (this.#saved.get(key)?.requests ?? 0) + (this.#unsaved.get(key)?.requests ?? 0);
  }

  /** Cost of this model, and of those no longer in use, in this month, at the present prices. */
  costThisMonth(): number {
    const month = this.#monthNow();
    const days = [...this.#saved.values(), ...this.#unsaved.values()];
    return days
      .filter(({ day, model }) => day.startsWith(month) && !this.#deps.others?.includes(model))
      .reduce((total, day) => total + costOf(day, this.#deps.budget?.()), 0);
  }

  /** What tokens cost at the present prices, in the budget's currency. */
  costOf(tokens: TokenUsage): number {
    return costOf(tokens, this.#deps.budget?.());
  }

  isBudgetReached(): boolean {
    const monthly = this.#deps.budget?.().monthly;
    return monthly !== undefined && this.costThisMonth() >= monthly;
  }

  /** From now on also counts what other instances store, some seconds later. */
  follow(): void {
    this.#following = this.#readAgain();
  }

  /** The day that a request made now belongs to. */
  today(): string {
    return this.#dayNow();
  }

  /** Counts a request that is about to be made. */
  begin(): UsageEntry {
    const day = this.#dayNow();
    this.#count(day, { ...NOTHING, requests: 1 });
    return {
      end: (tokens, minute) => {
        if (minute) this.#lastMinute = { ...minute, at: new Date(minute.at) };
        this.#count(day, { requests: 0, ...tokens });
        this.#save();
      },
      refund: () => this.#count(day, { ...NOTHING, requests: -1 }),
    };
  }

  /** Resolves when everything is stored, or could not be. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#following;
    await this.#saving;
    if (this.#unsaved.size > 0) await this.#saveAll();
  }

  async #readAgain(): Promise<void> {
    const { store, clock, logger } = this.#deps;
    const { signal } = this.#closing;
    while (store && !signal.aborted) {
      await clock.sleep(FOLLOW_MS, signal).catch(() => {});
      if (signal.aborted || this.#saving) continue; // what is being written may not be in it
      try {
        const days = await store.since(`${this.#monthNow()}-01`);
        if (!this.#saving) for (const day of days) this.#saved.set(keyOf(day), day);
      } catch (error) {
        logger.debug("The use of the models by other instances could not be read", {
          reason: errorMessage(error),
        });
      }
    }
  }

  #dayNow(): string {
    const now = this.#deps.clock.now();
    if (now >= this.#today.endsAt) this.#today = { name: pacificDay(now), endsAt: pacificDayEnd(now) };
    return this.#today.name;
  }

  #monthNow(): string {
    return this.#dayNow().slice(0, 7);
  }

  #count(day: string, amount: UsageAmount): void {
    const { model } = this.#deps;
    const key = keyOf({ day, model });
    const total = sum(this.#unsaved.get(key), amount);
    if (Object.values(total).some((part) => part !== 0)) this.#unsaved.set(key, { day, model, ...total });
    else this.#unsaved.delete(key);
  }

  #save(): void {
    this.#saving ??= this.#saveAll().finally(() => {
      this.#saving = undefined;
    });
  }

  /** Bound to this object's async context: a caller's trace is not charged with the writes of others. */
  readonly #saveAll = AsyncResource.bind(async (): Promise<void> => {
    try {
      for (let next = first(this.#unsaved); next; next = first(this.#unsaved)) await this.#saveDay(next);
      for (const [key, { day }] of this.#saved)
        if (!day.startsWith(this.#monthNow())) this.#saved.delete(key);
    } catch (error) {
      this.#deps.logger.warn("The use of the model could not be stored; retrying after a later call", {
        reason: errorMessage(error),
      });
    }
  });

  async #saveDay(counted: UsageTotals): Promise<void> {
    const { store, model } = this.#deps;
    const key = keyOf(counted);
    const before = this.#saved.get(key);
    this.#unsaved.delete(key);
    // Moved before the write, so that the totals stay right while it is under way.
    this.#saved.set(key, { ...counted, ...sum(before, counted) });
    if (!store) return;
    const { requests, promptTokens, outputTokens } = counted;
    try {
      const total = await store.add(
        counted.day,
        model,
        { requests, promptTokens, outputTokens },
        this.#lastMinute,
      );
      this.#saved.set(key, total);
    } catch (error) {
      if (before) this.#saved.set(key, before);
      else this.#saved.delete(key);
      this.#count(counted.day, counted);
      throw error;
    }
  }
}

function latestMinute(days: readonly UsageTotals[]): MinuteUse | undefined {
  const minutes = days.flatMap(({ lastMinute }) => lastMinute ?? []);
  const latest = minutes.toSorted((a, b) => b.at.getTime() - a.at.getTime())[0];
  return latest && { ...latest, at: latest.at.getTime() };
}

function first<T>(entries: ReadonlyMap<string, T>): T | undefined {
  return entries.values().next().value;
}

function keyOf({ day, model }: Pick<UsageTotals, "day" | "model">): string {
  return `${day}:${model}`;
}

function sum(a: UsageAmount = NOTHING, b: UsageAmount): UsageAmount {
  return {
    requests: a.requests + b.requests,
    promptTokens: a.promptTokens + b.promptTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

function costOf({ promptTokens, outputTokens }: TokenUsage, budget: ModelBudget | undefined): number {
  if (!budget) return 0;
  return (promptTokens * budget.inputPerMillionTokens + outputTokens * budget.outputPerMillionTokens) / 1e6;
}
