import { Decimal128 } from "bson";
import { equalValues } from "./compare.ts";
import { encodeKey } from "./index-key.ts";
import { isDocument, type Value } from "./values.ts";

/** A Map is copied when it grows, all of it at once; many small ones are not copied at the same time. */
const SHARDS = 256;

/** What belongs to each of many values; values are the same if MongoDB takes them for equal. In order of insertion. */
export class ValueMap<Held> {
  private readonly shards: (Map<string, Held> | undefined)[] = [];
  /** Values without an index key: those that contain a Decimal128. */
  private readonly others: { value: Value; held: Held }[] = [];
  private readonly order: Held[] = [];

  get size(): number {
    return this.order.length;
  }

  get(value: Value): Held | undefined {
    const other = this.others.find((entry) => equalValues(entry.value, value));
    if (other) return other.held;
    const key = keyOf(value);
    return key === undefined ? undefined : this.shards[shardOf(key)]?.get(key);
  }

  /** Adds a value that is not there. */
  add(value: Value, held: Held): void {
    const key = keyOf(value);
    this.order.push(held);
    if (key === undefined) {
      this.others.push({ value, held });
      return;
    }
    const shard = shardOf(key);
    const entries = this.shards[shard] ?? new Map<string, Held>();
    this.shards[shard] = entries.set(key, held);
  }

  /** What was added, in that order. */
  values(): readonly Held[] {
    return this.order;
  }
}

/** Values without their repetitions, in order of their first occurrence. */
export class ValueSet {
  private readonly known = new ValueMap<Value>();

  get size(): number {
    return this.known.size;
  }

  /** @returns whether it is new */
  add(value: Value): boolean {
    if (this.has(value)) return false;
    this.known.add(value, value);
    return true;
  }

  has(value: Value): boolean {
    return this.known.get(value) !== undefined;
  }

  values(): readonly Value[] {
    return this.known.values();
  }
}

function keyOf(value: Value): string | undefined {
  return hasDecimal(value) ? undefined : encodeKey(value, 1).toString("latin1");
}

function hasDecimal(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasDecimal);
  if (isDocument(value)) {
    for (const inner of value.values()) if (hasDecimal(inner)) return true;
    return false;
  }
  return value instanceof Decimal128;
}

/** From the key's last characters, in which keys differ most. */
function shardOf(key: string): number {
  let hash = key.length;
  for (let at = Math.max(0, key.length - 12); at < key.length; at += 1)
    hash = Math.imul(hash, 31) + key.charCodeAt(at);
  return (hash >>> 0) % SHARDS;
}
