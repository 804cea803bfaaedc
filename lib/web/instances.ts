import { OperationTotals, type Snapshot } from "../performance/index.ts";
import { ChartTotals, type Figures } from "./figures.ts";

/** An instance whose newest snapshot is younger, in milliseconds, runs: each writes every 10 s. */
const RUNNING_MS = 40_000;

/** What some snapshots add up to, and the time they cover. */
class Sum {
  readonly #totals = new ChartTotals();
  #fromMs = Number.POSITIVE_INFINITY;
  toMs = Number.NEGATIVE_INFINITY;

  add({ fromMs, toMs, operations, gauges, counters = [] }: Snapshot): void {
    this.#fromMs = Math.min(this.#fromMs, fromMs);
    this.toMs = Math.max(this.toMs, toMs);
    for (const operation of operations) {
      const totals = new OperationTotals();
      totals.addEncoded(operation);
      this.#totals.addOperation(operation.name, totals);
    }
    for (const gauge of gauges) this.#totals.addGauge(gauge.name, gauge);
    for (const { name, total } of counters) this.#totals.addCounter(name, total);
  }

  figures(): Figures {
    return this.#totals.figures(Math.max(1, this.toMs - this.#fromMs));
  }
}

/** Each instance that runs, after all of them together (`name` is null); none where a single one runs. */
export async function readInstances(
  snapshots: AsyncIterable<Snapshot>,
  nowMs: number,
): Promise<{ name: string | null; figures: Figures }[]> {
  const together = new Sum();
  const each = new Map<string, Sum>();
  for await (const snapshot of snapshots) {
    const name = snapshot.instances.join();
    const own = each.get(name) ?? new Sum();
    each.set(name, own);
    own.add(snapshot);
    together.add(snapshot);
  }
  const running = [...each].filter(([, { toMs }]) => toMs > nowMs - RUNNING_MS);
  if (running.length < 2) return [];
  return [
    { name: null, figures: together.figures() },
    ...running.map(([name, sum]) => ({ name, figures: sum.figures() })),
  ];
}
