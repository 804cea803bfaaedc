import { AsyncResource } from "node:async_hooks";
import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import type { TokenUsage } from "../answer.ts";
import type { MinuteUse } from "./model-quota.ts";
import { pacificDay, pacificDayEnd } from "./pacific-day.ts";

/** What a model was used for. */
export interface UsageAmount extends TokenUsage {
  requests: number;
}

/** What one model was used for on one of Google's days, by all processes together. */
export interface UsageDay extends UsageAmount {
  /** Such as `2026-11-22`, in California. */
  day: string;
  model: string;
  /** What was taken of the quotas of a minute when it was last counted. */
  lastMinute?: KeptMinute;
}

export interface KeptMinute extends Pick<UsageAmount, "requests" | "promptTokens"> {
  at: Date;
}

/** Where the use of the model is kept; the store's is one. */
export interface UsageStore {
  /** Adds to a day, and notes the last minute in the place of the one before. Answers what the day came to. */
  add(day: string, model: string, amount: UsageAmount, lastMinute?: KeptMinute): Promise<UsageDay>;
  /** Every model's days from `day` on. */
  since(day: string): Promise<UsageDay[]>;
}

/** What the operator will pay for the model, in one currency. Its months are those of Google's days. */
export interface ModelBudget {
  monthly?: number | undefined;
  inputPerMillionTokens: number;
  outputPerMillionTokens: number;
}

export interface ModelUsageDeps {
  /** Missing: it is kept in memory only. */
  store?: UsageStore | undefined;
  model: string;
  /** As it stands now: the operator may change it while the bot runs. */
  budget?: (() => ModelBudget) | undefined;
  clock: Clock;
  logger: Logger;
}

/** Counts what the model is used for: the day's requests, the month's cost. */
export interface ModelUsage {
  /** Of this model on this day of Google's. */
  requestsToday(): number;
  /** Of all models in this month, at the present prices. */
  costThisMonth(): number;
  isBudgetReached(): boolean;
  /** What was taken of the quotas of a minute when this model was last used before this start. */
  before: MinuteUse | undefined;
  /** Counts a request that is about to be made. Answers what notes its tokens, or takes it back when it was not made. */
  begin(): UsageEntry;
  /** Resolves when everything is kept, or could not be. */
  close(): Promise<void>;
}

export interface UsageEntry {
  /** @param minute what is taken of the quotas of a minute now, with this request */
  end(tokens: TokenUsage, minute?: MinuteUse): void;
  refund(): void;
}

const NOTHING: UsageAmount = { requests: 0, promptTokens: 0, outputTokens: 0 };

/** Goes on from what was used in this month before. */
export async function openModelUsage(deps: ModelUsageDeps): Promise<ModelUsage> {
  const month = pacificDay(deps.clock.now()).slice(0, 7);
  return createModelUsage(deps, (await deps.store?.since(`${month}-01`)) ?? []);
}

/**
 * Calls that end while a write is under way share the next one. A write that fails is made again after the next call:
 * the answers do not wait for it. What a crash cuts off, or an unclear failure repeats, is a call or two.
 */
export function createModelUsage(deps: ModelUsageDeps, known: readonly UsageDay[] = []): ModelUsage {
  const { store, model, budget, clock, logger } = deps;
  /** This month's use, by day and model; what is in neither map was not used. */
  const kept = new Map(known.map((day) => [keyOf(day), day]));
  const unkept = new Map<string, UsageDay>();
  let lastMinute: KeptMinute | undefined;
  let keeping: Promise<void> | undefined;
  let today = { name: "", endsAt: Number.NEGATIVE_INFINITY };

  const dayNow = (): string => {
    const now = clock.now();
    if (now >= today.endsAt) today = { name: pacificDay(now), endsAt: pacificDayEnd(now) };
    return today.name;
  };
  const monthNow = (): string => dayNow().slice(0, 7);

  function costThisMonth(): number {
    const month = monthNow();
    const days = [...kept.values(), ...unkept.values()].filter(({ day }) => day.startsWith(month));
    return days.reduce((total, day) => total + costOf(day, budget?.()), 0);
  }

  function isBudgetReached(): boolean {
    const monthly = budget?.().monthly;
    return monthly !== undefined && costThisMonth() >= monthly;
  }

  function count(day: string, amount: UsageAmount): void {
    const key = keyOf({ day, model });
    const total = sum(unkept.get(key), amount);
    if (Object.values(total).some((part) => part !== 0)) unkept.set(key, { day, model, ...total });
    else unkept.delete(key);
  }

  /** Keeps what was counted so far. */
  async function keepDay(counted: UsageDay): Promise<void> {
    const key = keyOf(counted);
    const before = kept.get(key);
    unkept.delete(key);
    // Counted as kept while it is being written, so that nobody sees less meanwhile.
    kept.set(key, { ...counted, ...sum(before, counted) });
    if (!store) return;
    const { requests, promptTokens, outputTokens } = counted;
    try {
      kept.set(
        key,
        await store.add(counted.day, model, { requests, promptTokens, outputTokens }, lastMinute),
      );
    } catch (error) {
      if (before) kept.set(key, before);
      else kept.delete(key);
      count(counted.day, counted);
      throw error;
    }
  }

  /** Runs outside of the caller's async context: its trace is not charged with the others' writes. */
  const keepAll = AsyncResource.bind(async (): Promise<void> => {
    try {
      for (let next = first(unkept); next; next = first(unkept)) await keepDay(next);
      for (const [key, { day }] of kept) if (!day.startsWith(monthNow())) kept.delete(key);
    } catch (error) {
      logger.warn("The use of the model could not be kept; it will be after a later call", {
        reason: errorMessage(error),
      });
    }
  });

  function keep(): void {
    keeping ??= keepAll().finally(() => {
      keeping = undefined;
    });
  }

  return {
    requestsToday: () =>
      (kept.get(keyOf({ day: dayNow(), model }))?.requests ?? 0) +
      (unkept.get(keyOf({ day: dayNow(), model }))?.requests ?? 0),
    costThisMonth,
    isBudgetReached,
    before: latestMinute(known.filter((day) => day.model === model)),
    begin() {
      const day = dayNow();
      count(day, { ...NOTHING, requests: 1 });
      return {
        end(tokens, minute) {
          if (minute) lastMinute = { ...minute, at: new Date(minute.at) };
          count(day, { requests: 0, ...tokens });
          keep();
        },
        refund: () => count(day, { ...NOTHING, requests: -1 }),
      };
    },
    async close() {
      await keeping;
      if (unkept.size > 0) await keepAll();
    },
  };
}

function latestMinute(days: readonly UsageDay[]): MinuteUse | undefined {
  const minutes = days.flatMap(({ lastMinute }) => lastMinute ?? []);
  const latest = minutes.toSorted((a, b) => b.at.getTime() - a.at.getTime())[0];
  return latest && { ...latest, at: latest.at.getTime() };
}

function first<T>(entries: ReadonlyMap<string, T>): T | undefined {
  return entries.values().next().value;
}

function keyOf({ day, model }: Pick<UsageDay, "day" | "model">): string {
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
