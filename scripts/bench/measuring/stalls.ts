import { readFileSync } from "node:fs";

/** The longest time for which the event loop was held at once, in milliseconds. */
export interface Stall {
  wallMs: number;
  /** Of the processor, for the loop's thread: what is left when other processes are not counted. Only on Linux. */
  cpuMs?: number;
}

/** Notes how long the event loop of this process is held. */
export class StallWatch {
  private longest: Stall = { wallMs: 0 };
  private last = { wallMs: 0, cpuMs: 0 };

  constructor() {
    this.tick();
  }

  /** The longest stall since the last call. */
  take(): Stall {
    const { longest } = this;
    this.longest = { wallMs: 0 };
    return longest;
  }

  private tick(): void {
    const now = { wallMs: performance.now(), cpuMs: threadCpuMs() ?? Number.NaN };
    if (this.last.wallMs > 0) {
      const cpuMs = Math.max(this.longest.cpuMs ?? 0, now.cpuMs - this.last.cpuMs);
      this.longest = {
        wallMs: Math.max(this.longest.wallMs, now.wallMs - this.last.wallMs),
        ...(Number.isNaN(cpuMs) ? {} : { cpuMs }),
      };
    }
    this.last = now;
    setTimeout(() => this.tick(), 1).unref();
  }
}

/** The processor's time for the main thread, by Linux' scheduler. */
function threadCpuMs(): number | undefined {
  try {
    return Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}
