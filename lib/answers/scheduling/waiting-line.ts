import type { Queue, QueueAddOptions } from "p-queue";
import type { ChildController } from "../../core/index.ts";
import type { CallLoad } from "./model-quota.ts";

/** One that waits for a slot. */
export interface Waiting {
  id: string;
  /** The line of all instances has granted it a slot. */
  isGranted?: boolean;
  /** Among equal priorities the lowest goes first, and of equal orders the earliest. */
  order: number;
  /** Estimate for the quota. */
  promptTokens: number;
  /** Ends its waiting. */
  leave: ChildController;
}

/** What p-queue hands on with each job; the highest `priority` goes first. */
export interface WaitingOptions extends QueueAddOptions {
  waiting: Waiting;
}

type Run = () => Promise<unknown>;

interface Entry {
  id: string | undefined;
  priority: number;
  waiting: Waiting;
  run: Run;
}

/**
 * p-queue's queue class for the model: sorted by priority and order, and empty to p-queue while `isOpen` refuses its
 * first job. It also knows what is ahead of each job, which p-queue's own class does not tell.
 */
export class WaitingLine implements Queue<Run, WaitingOptions> {
  readonly #isOpen: (next: Waiting) => boolean;
  readonly #entries: Entry[] = [];

  constructor(isOpen: (next: Waiting) => boolean) {
    this.#isOpen = isOpen;
  }

  /** How many wait. */
  get length(): number {
    return this.#entries.length;
  }

  /** What p-queue may take now: nothing while the gate is closed for the first. */
  get size(): number {
    const next = this.first();
    return next && this.#isOpen(next) ? this.length : 0;
  }

  first(): Waiting | undefined {
    return this.#entries[0]?.waiting;
  }

  has(waiting: Waiting): boolean {
    return this.#entries.some((entry) => entry.waiting === waiting);
  }

  /** What goes before `waiting`, which may be in the line or about to enter it. */
  ahead(waiting: Waiting, priority: number): CallLoad {
    const ahead: CallLoad = { calls: 0, promptTokens: 0 };
    for (const entry of this.#entries) {
      if (entry.waiting === waiting || isLater(entry, { priority, waiting })) break;
      ahead.calls += 1;
      ahead.promptTokens += entry.waiting.promptTokens;
    }
    return ahead;
  }

  enqueue(run: Run, { id, priority = 0, waiting }: Partial<WaitingOptions> = {}): void {
    if (!waiting) throw new TypeError("A job needs the option `waiting`");
    this.#insert({ id, priority, waiting, run });
  }

  /** The one with this id. */
  find(id: string): Waiting | undefined {
    return this.#entries.find(({ waiting }) => waiting.id === id)?.waiting;
  }

  dequeue(): Run | undefined {
    return this.#entries.shift()?.run;
  }

  remove(id: string): void {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    if (index >= 0) this.#entries.splice(index, 1);
  }

  filter({ priority }: Readonly<Partial<WaitingOptions>>): Run[] {
    return this.#entries.filter((entry) => entry.priority === priority).map(({ run }) => run);
  }

  setPriority(id: string, priority: number): void {
    const entry = this.#entries.find((candidate) => candidate.id === id);
    if (!entry) throw new ReferenceError(`No job with the id ${id} is waiting`);
    this.remove(id);
    this.#insert({ ...entry, priority });
  }

  #insert(entry: Entry): void {
    const index = this.#entries.findIndex((other) => isLater(other, entry));
    this.#entries.splice(index < 0 ? this.length : index, 0, entry);
  }
}

type Ranked = Pick<Entry, "priority" | "waiting">;

function isLater(a: Ranked, b: Ranked): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  return a.waiting.order > b.waiting.order;
}
