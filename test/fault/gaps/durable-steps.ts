import type { Collection, Db } from "mongodb";

/** Never resolves: what a process that was killed gets from anything it still waits for. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});

/**
 * The durable steps of one process: writes to the database, and calls that Telegram applied. After the step with the
 * number `cutAt` the process is dead: the step took effect, but nobody hears of it, and nothing else happens.
 */
export class DurableSteps {
  readonly names: string[] = [];
  readonly #cutAt: number;
  #isCounting = false;
  isDead = false;

  constructor(cutAt = Number.POSITIVE_INFINITY) {
    this.#cutAt = cutAt;
  }

  /** Counts from now on: what happens at a start comes before. */
  begin(): void {
    this.#isCounting = true;
  }

  kill(): void {
    this.isDead = true;
  }

  /** A step has taken effect. */
  async took(name: string): Promise<void> {
    if (this.isDead) return never();
    if (!this.#isCounting) return;
    this.names.push(name);
    if (this.names.length < this.#cutAt) return;
    this.kill();
    return never();
  }
}

/** What a write does, by the driver's method. */
const WRITES: Readonly<Record<string, string>> = {
  insertOne: "insert",
  insertMany: "insert",
  updateOne: "update",
  updateMany: "update",
  bulkWrite: "update",
  findOneAndUpdate: "update",
  deleteOne: "delete",
  deleteMany: "delete",
};

/** A database as one process uses it. @param calls counts the calls in flight */
export function databaseOf(db: Db, steps: DurableSteps, calls: { inFlight: number }): Db {
  return new Proxy(db, {
    get(target, name: keyof Db) {
      if (name === "collection") return (key: string) => collectionOf(target.collection(key), steps, calls);
      const value: unknown = target[name];
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function collectionOf(collection: Collection, steps: DurableSteps, calls: { inFlight: number }): Collection {
  return new Proxy(collection, {
    get(target, name: string) {
      const value: unknown = target[name as keyof Collection];
      if (typeof value !== "function") return value;
      const method = value as (...args: unknown[]) => unknown;
      const write = WRITES[name];
      if (name === "find" || name === "aggregate") {
        return (...args: unknown[]) => counted(method.apply(target, args) as object, calls);
      }
      if (write === undefined) return counted(target, calls)[name as keyof Collection] as unknown;
      return async (...args: unknown[]) => {
        if (steps.isDead) return never();
        calls.inFlight += 1;
        try {
          return await method.apply(target, args);
        } finally {
          calls.inFlight -= 1;
          await steps.took(`${target.collectionName} ${write}`);
        }
      };
    },
  });
}

/** An object of the driver whose calls are counted while they are in flight: a collection, or a chain of a cursor's. */
function counted<Target extends object>(target: Target, calls: { inFlight: number }): Target {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const result: unknown = (value as (...args: unknown[]) => unknown).apply(object, args);
        if (result === object) return counted(object, calls);
        if (!(result instanceof Promise)) return result;
        calls.inFlight += 1;
        return result.finally(() => (calls.inFlight -= 1));
      };
    },
  });
}
