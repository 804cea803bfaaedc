import type { AnswerStats, LiveAnswers } from "../answers/index.ts";
import type { Cluster } from "../cluster/index.ts";
import type { Content } from "../content/index.ts";
import type { Clock, Logger } from "../core/index.ts";
import { alertOperators, type ModelTroubles, readTogether } from "../operations/index.ts";
import type { PerformanceMonitor } from "../performance/index.ts";
import type { Store } from "../store/index.ts";
import type { Connections } from "./connections.ts";
import type { UpdatePath } from "./pipeline.ts";
import type { WebPages } from "./web.ts";

/** The parts that alerts are about. */
export interface WatchedParts extends Pick<Connections, "modelProblems"> {
  content: Content;
  monitor: PerformanceMonitor;
  store: Store;
  answers: Pick<LiveAnswers, "stats">;
  path: UpdatePath;
  web: Pick<WebPages, "readiness">;
  /** The other instances, if there are to be any. */
  cluster: Cluster | undefined;
}

/** Alerts the operators of troubles until the job is stopped: once, not once from each instance. */
export function watchForAlerts(
  parts: WatchedParts,
  deps: { clock: Clock; logger: Logger },
): { stop(): Promise<void> } {
  const { content, monitor, store, answers, modelProblems, path, web, cluster } = parts;
  return alertOperators(
    {
      content,
      monitor,
      chatId: path.operators.chatId,
      inboxAgeMs: path.oldestMs,
      outbox: path.outbox,
      models: () => modelTroubles(answers.stats(), modelProblems),
      together: cluster && ((spanMs) => readTogether(store.performance, deps.clock.now(), spanMs)),
      isDatabaseAway: async () => (await web.readiness()).database !== "ok",
      nextSeq: store.updates.nextSeq,
      record: path.record,
      instances: cluster,
    },
    deps,
  );
}

/** What operators are alerted to about the models. */
function modelTroubles({ models }: AnswerStats, problems: Connections["modelProblems"]): ModelTroubles {
  const failing = models.filter(({ breaker }) => breaker !== "closed");
  const isOpen = failing.some(({ breaker }) => breaker === "open");
  return {
    down: {
      state: isOpen ? "open" : failing.length > 0 ? "half-open" : "closed",
      models: failing.map(({ model }) => model),
    },
    overBudget: models.flatMap(({ model, isBudgetReached }) => (isBudgetReached ? [model] : [])),
    refused: [
      ...problems,
      ...models.flatMap(({ model, refusal }) => (refusal === undefined ? [] : [{ model, reason: refusal }])),
    ],
  };
}
