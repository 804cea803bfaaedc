import { errorMessage, type Logger } from "../../core/index.ts";
import { type GaugeSnapshot, mergeGauges } from "../storage/snapshot.ts";

/** Current values, read on demand; keeps the extremes of these readings for the window. */
export class Gauges {
  private readonly reads = new Map<string, () => number>();
  private window: GaugeSnapshot[] = [];

  constructor(private readonly logger: Logger) {}

  register(name: string, read: () => number): void {
    this.reads.set(name, read);
  }

  /** Reads all gauges; returns each with its extremes in the current window. */
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

  /** A gauge that fails must not lose the others. */
  private readOne(name: string, read: () => number): number {
    try {
      return read();
    } catch (error) {
      this.logger.warn("A gauge cannot be read", { gauge: name, error: errorMessage(error) });
      return Number.NaN;
    }
  }
}
