import type { LogFields, Logger } from "../../lib/core/index.ts";
import {
  createPerformanceMonitor,
  type PerformanceMode,
  type PerformanceMonitor,
} from "../../lib/performance/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A monitor on a fake clock, and its log. */
export interface Bench {
  monitor: PerformanceMonitor;
  clock: FakeClock;
  warnings: { message: string; fields: LogFields | undefined }[];
  infos: string[];
  logger: Logger;
  /** Advances the clock by a minute, in which the work must end. */
  finish<T>(work: Promise<T>): Promise<T>;
}

export function createBench({ mode = "full" }: { mode?: PerformanceMode } = {}): Bench {
  const clock = new FakeClock();
  const warnings: Bench["warnings"] = [];
  const infos: string[] = [];
  const logger: Logger = {
    error() {},
    warn: (message, fields) => warnings.push({ message, fields }),
    info: (message) => infos.push(message),
    debug() {},
  };
  const monitor = createPerformanceMonitor({
    mode,
    slowOperationMs: 1000,
    logger,
    now: clock.monotonic,
    epochMs: clock.now,
  });
  return {
    monitor,
    clock,
    warnings,
    infos,
    logger,
    async finish(work) {
      work.catch(() => {}); // the caller awaits it, below
      await clock.advance(60_000);
      return work;
    },
  };
}
