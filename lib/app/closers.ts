import type { Logger } from "../core/index.ts";

/** What has to be closed at the stop, in the reverse order of opening. */
export class Closers {
  private readonly closers: (() => Promise<void> | void)[] = [];

  constructor(private readonly logger: Logger) {}

  add(close: () => Promise<void> | void): void {
    this.closers.push(close);
  }

  /** Closes everything; a failure is logged and does not keep the others open. */
  async closeAll(): Promise<void> {
    for (let close = this.closers.pop(); close; close = this.closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.logger.error("A part did not stop cleanly", { error });
      }
    }
  }
}
