import { type Clock, errorCode, type Logger } from "../core/index.ts";
import type { InstanceModel, InstanceRecord, InstanceStore } from "../store/index.ts";

export interface MembersOptions {
  instance: string;
  store: InstanceStore;
  /** How this instance uses the models; none when missing. */
  models?: () => InstanceModel[];
  clock: Clock;
  logger: Logger;
}

/** How often an instance shows that it lives and looks for the others, in milliseconds. */
const BEAT_MS = 2_000;
/** An instance whose beat stands still for so long is dead, in milliseconds. */
const DEAD_MS = 8_000;
/** After this time all others know what an instance says with its beats, in milliseconds. */
export const KNOWN_MS = 2 * BEAT_MS + 1_000;

/**
 * The instances that run, by their beats in the database. As with leases, no times are compared: an instance is alive as
 * long as its beat is seen to grow.
 */
export class Members {
  readonly #options: MembersOptions;
  readonly #stopping = new AbortController();
  readonly #startedAt: number;
  /** The beat of each instance, and since when it is the same, in monotonic milliseconds. */
  #seen = new Map<string, { beat: number; since: number }>();
  /** Those that are alive, as last known. */
  #alive: InstanceRecord[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#startedAt = options.clock.monotonic();
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#options.store.remove(this.#options.instance).catch(() => {}); // else it ages out
  }

  /** How many instances run, as last known; this one counts. */
  count(): number {
    return Math.max(1, this.#alive.length);
  }

  /**
   * This instance's part of a limit that all share: at least 1, never more than the limit in all. A new instance takes no
   * more than 1 until the others know it and have made room.
   */
  share(limit: number): number {
    const isNew = this.#options.clock.monotonic() - this.#startedAt < KNOWN_MS;
    return isNew ? 1 : Math.max(1, Math.floor(limit / this.count()));
  }

  /** How many others keep to their share of a model's limits, because they do not reach Redis. */
  othersApart(model: string): number {
    return this.#others().filter((other) => modelOf(other, model)?.isApart).length;
  }

  /**
   * How many calls to a model may be in flight here while Redis does not say: this instance's share, less what others
   * still use beyond theirs. With more instances than calls, some have none.
   */
  placesApart(model: string, limit: number): number {
    const others = this.#others();
    const share = Math.floor(limit / (others.length + 1));
    if (share === 0) return others.filter(({ _id }) => _id < this.#options.instance).length < limit ? 1 : 0;
    const used = others.reduce((sum, other) => sum + Math.max(share, modelOf(other, model)?.calls ?? 0), 0);
    return Math.max(0, Math.min(share, limit - used));
  }

  #others(): InstanceRecord[] {
    return this.#alive.filter(({ _id }) => _id !== this.#options.instance);
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#beat();
      } catch (error) {
        logger.debug("The other instances cannot be counted; those last known are", {
          code: errorCode(error),
        });
        // Nobody could show that it lives.
        for (const seen of this.#seen.values()) seen.since = clock.monotonic();
      }
      await clock.sleep(BEAT_MS, signal).catch(() => {});
    }
  }

  async #beat(): Promise<void> {
    const { instance, store, models, clock } = this.#options;
    await store.beat(instance, new Date(clock.now()), models?.() ?? []);
    const now = clock.monotonic();
    const before = this.#seen;
    const records = await store.list();
    this.#seen = new Map(
      records.map(({ _id, beat }) => {
        const known = before.get(_id);
        return [_id, known?.beat === beat ? known : { beat, since: now }];
      }),
    );
    const isAlive = (since = now): boolean => now - since < DEAD_MS;
    this.#alive = records.filter(({ _id }) => isAlive(this.#seen.get(_id)?.since));
  }
}

function modelOf({ models = [] }: InstanceRecord, name: string): InstanceModel | undefined {
  return models.find(({ model }) => model === name);
}
