import { type Clock, errorCode, type Logger } from "../core/index.ts";
import type { LeaseRecord, LeaseStore } from "../store/index.ts";

/** Work that goes on until it is stopped. */
export interface Job {
  /** @param isLost whether another instance may do the work already, so that nothing may be completed any more */
  stop(isLost?: boolean): Promise<void> | void;
}

/** Lets one instance at a time do the work of a name; where there is one instance, it does it at once. */
export type RunAlone = (name: string, begin: (holding: Holding) => Job) => Job;

/** The right to do the work now. */
export interface Holding {
  /** Whether no other instance can have taken over yet. */
  isHeld(): boolean;
  /** Missing where there is one instance. */
  notes?: Notes;
}

/** What the holders of a lease leave each other. */
export interface Notes {
  read(): Promise<string | undefined>;
  /** @returns false when another instance has taken over */
  leave(notes: string): Promise<boolean>;
}

export interface LeaseOptions {
  name: string;
  /** This instance. */
  owner: string;
  store: LeaseStore;
  clock: Clock;
  logger: Logger;
}

/** How often the holder shows that it lives, and the others look, in milliseconds. */
const BEAT_MS = 2_000;
/** A lease whose beat stands still for so long is taken over, in milliseconds. */
const STALE_MS = 8_000;
/** The holder stops before the others may take over, in milliseconds after its last beat was sent. */
const HELD_MS = STALE_MS - 1_000;

/**
 * A lease in the database: its holder counts beats, and an instance that sees the same beat for 8 s of its own monotonic clock
 * takes over. No times are compared between machines, so a wrong or changed clock breaks nothing.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Until when this instance holds the lease, in monotonic milliseconds. */
  #heldUntil = Number.NEGATIVE_INFINITY;
  /** What was seen of the lease, and since when, in monotonic milliseconds. */
  #seen: { lease: LeaseRecord; since: number } | undefined;
  #aliveAt: number | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** When a holder, this instance or another, was last seen alive, in monotonic milliseconds. */
  get aliveAt(): number | undefined {
    return this.#aliveAt;
  }

  get isHeld(): boolean {
    return this.#options.clock.monotonic() < this.#heldUntil;
  }

  /** Does the work for as long as this instance holds the lease, again and again until it stops. */
  start(begin: (holding: Holding) => Job): void {
    this.#running = this.#run(begin);
  }

  /** Ends the work and gives the lease back. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(begin: (holding: Holding) => Job): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const fence = await this.#tryTake().catch(() => null); // the database is away: nobody can take it
      if (fence !== null) await this.#hold(fence, begin);
      await clock.sleep(BEAT_MS, signal).catch(() => {});
    }
  }

  /** @returns the fence of the lease if it was taken, else null */
  async #tryTake(): Promise<number | null> {
    const { name, owner, store, clock } = this.#options;
    const askedAt = clock.monotonic();
    const lease = await store.read(name);
    const isSame = this.#seen?.lease.fence === lease.fence && this.#seen.lease.beat === lease.beat;
    if (!this.#seen || !isSame) this.#seen = { lease, since: clock.monotonic() };
    if (lease.owner !== null && !isSame) this.#aliveAt = askedAt;
    const isFree = lease.owner === null || clock.monotonic() - this.#seen.since >= STALE_MS;
    if (!isFree || !(await store.takeOver(lease, owner))) return null;
    this.#renew(askedAt);
    return lease.fence + 1;
  }

  async #hold(fence: number, begin: (holding: Holding) => Job): Promise<void> {
    const { name, store, logger } = this.#options;
    logger.debug("Took a lease", { lease: name, fence });
    const job = begin({
      isHeld: () => this.isHeld,
      notes: {
        read: async () => (await store.read(name)).notes,
        leave: (notes) => store.leaveNotes(name, fence, notes),
      },
    });
    const isLost = await this.#keep(fence);
    if (isLost) logger.warn("Lost a lease; another instance takes over", { lease: name });
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    this.#seen = undefined;
    try {
      await job.stop(isLost);
    } catch (error) {
      logger.error("Work under a lease did not stop cleanly", { lease: name, code: errorCode(error) });
    }
    if (!isLost) await store.release(name, fence).catch(() => {}); // else it is taken over a little later
  }

  /** Keeps the lease until it is lost or this instance stops. @returns whether it was lost */
  async #keep(fence: number): Promise<boolean> {
    const { name, store, clock } = this.#options;
    const { signal } = this.#stopping;
    while (this.isHeld) {
      await clock.sleep(Math.min(BEAT_MS, this.#heldUntil - clock.monotonic()), signal).catch(() => {});
      if (signal.aborted) return false;
      const askedAt = clock.monotonic();
      const isOurs = await store.beat(name, fence).catch(() => undefined); // the database is away: tried again
      if (isOurs === false) return true;
      if (isOurs) this.#renew(askedAt);
    }
    return true;
  }

  /** @param askedAt when the database was asked: the answer may be old */
  #renew(askedAt: number): void {
    this.#heldUntil = askedAt + HELD_MS;
    this.#aliveAt = askedAt;
  }
}
