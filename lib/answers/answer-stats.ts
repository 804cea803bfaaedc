import type { AnswerStats, BreakerState } from "./answer.ts";
import type { ModelAnswerDeps } from "./generation/model-answer.ts";

/** How busy all models are together, and each of them. */
export function statsOf(models: readonly Pick<ModelAnswerDeps, "model" | "scheduler">[]): AnswerStats {
  const each = models.map(({ model, scheduler }) => ({
    provider: model.provider,
    model: model.name,
    ...scheduler.stats(),
  }));
  const sum = (figure: "inFlight" | "queued" | "limit"): number =>
    each.reduce((total, stats) => total + stats[figure], 0);
  return {
    inFlight: sum("inFlight"),
    queued: sum("queued"),
    limit: sum("limit"),
    breaker: best(each.map(({ breaker }) => breaker)),
    isBudgetReached: each.length > 0 && each.every(({ isBudgetReached }) => isBudgetReached),
    models: each,
  };
}

function best(states: readonly BreakerState[]): BreakerState {
  return (["closed", "half-open"] as const).find((state) => states.includes(state)) ?? states[0] ?? "closed";
}
