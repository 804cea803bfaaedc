import { errorMessage, type Logger } from "../../core/index.ts";
import { type GaugeSnapshot, mergeGauges } from "../storage/snapshot.ts";

/** Present values, read whenever someone looks; the extremes of those readings are kept for the window. */
export class Gauges {
  private readonly reads = new Map<string, () => number>();
  private window: GaugeSnapshot[] = [];

  constructor(private readonly logger: Logger) {}

  register(name: string, read: () => number): void {
    this.reads.set(name, read);
  }

  /** Reads them all; answers each with its extremes since `nextWindow`. */
  read(): GaugeSnapshot[] {
    const readings = [...this.reads].flatMap(([name, read]) => {
      const value = this.readOne(name, read);
      return Number.isFinite(value) ? [{ name, last: value, min: value, max: value }] : [];
    });
    this.window = mergeGauges([...this.window, ...readings]);
    return this.window;
  }

  nextWindow(): void {
    this.window = [];
  }

  /** One gauge that fails must not cost the others' snapshot. */
  private readOne(name: string, read: () => number): number {
    try {
      return read();
    } catch (error) {
      this.logger.warn("A gauge cannot be read", { gauge: name, error: errorMessage(error) });
      return Number.NaN;
    }
  }
}
