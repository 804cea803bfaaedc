import type { Clock, Logger } from "../core/index.ts";
import type { Alert, AlertWatch, Instant } from "../performance/index.ts";

export interface DatabaseWatchDeps {
  isAway(): Promise<boolean>;
  /** Decides when an outage is worth an alert. */
  watch: Pick<AlertWatch, "checkDatabase">;
  /** Whether this instance is the one to alert in its log; missing where there is one. */
  isFirst?: (() => Promise<boolean>) | undefined;
  clock: Clock;
  logger: Logger;
}

/** An outage of the database that was long enough for an alert. */
export interface Outage {
  alert: Alert;
  endedAt: Instant;
}

const LOOK_EVERY_MS = 10_000;
/** How long an outage is remembered, in milliseconds: some instance reports it within seconds of its end. */
const REMEMBERED_MS = 10 * 60_000;

/**
 * Watches whether the database answers. Each instance does, because the right to alert is kept in the database. What it sees
 * goes to the log at once; whichever instance alerts once the database is back reports the outage to operators.
 */
export class DatabaseWatch {
  readonly #deps: DatabaseWatchDeps;
  readonly #stopping = new AbortController();
  #looking: Promise<boolean> | undefined;
  #isLogged = false;
  #lastOutage: Outage | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: DatabaseWatchDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#working = this.#run().catch(() => {}); // the sleep was aborted by `stop`
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  /** The last outage, for some minutes after its end. */
  get lastOutage(): Outage | undefined {
    const endedAt = this.#lastOutage?.endedAt.monotonicMs ?? Number.NEGATIVE_INFINITY;
    return this.#deps.clock.monotonic() - endedAt < REMEMBERED_MS ? this.#lastOutage : undefined;
  }

  /** Looks now. Concurrent calls share one look. @returns whether the database is away */
  look(): Promise<boolean> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #run(): Promise<void> {
    const { clock } = this.#deps;
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, this.#stopping.signal);
      await this.look();
    }
  }

  async #look(): Promise<boolean> {
    const { isAway, watch, clock } = this.#deps;
    const isAwayNow = await isAway();
    const now = { epochMs: clock.now(), monotonicMs: clock.monotonic() };
    const alert = watch.checkDatabase(isAwayNow, now);
    if (alert?.isOver) this.#end(alert, now);
    else if (alert) await this.#begin(alert);
    return isAwayNow;
  }

  async #begin({ lastedMs }: Alert): Promise<void> {
    const { isFirst, logger } = this.#deps;
    this.#isLogged = !isFirst || (await isFirst());
    if (this.#isLogged) logger.warn("Alert: database", { lastedMs });
    else logger.info("The database does not answer; another instance has alerted", { lastedMs });
  }

  #end(alert: Alert, endedAt: Instant): void {
    const { lastedMs } = alert;
    if (this.#isLogged) this.#deps.logger.info("Alert over: database", { lastedMs });
    this.#lastOutage = { alert, endedAt };
  }
}
