/** The flat arrays of a table, as they are stored. */
export interface FeatureArrays {
  /** The hashes of features, each at the first free slot from its own on; 0 is a free one. */
  slots: Int32Array;
  /** The row of the feature in each slot. */
  rows: Int32Array;
}

const FIRST_SLOTS = 1 << 10;

/** Numbers the features of a library, row 0 first: a hash table in flat arrays, which are stored and loaded as they are. */
export class FeatureTable {
  arrays: FeatureArrays;
  #size: number;

  /** @param size the number of features in the arrays */
  constructor(arrays?: FeatureArrays, size = 0) {
    this.arrays = arrays ?? { slots: new Int32Array(FIRST_SLOTS), rows: new Int32Array(FIRST_SLOTS) };
    this.#size = size;
  }

  /** The number of features. */
  get size(): number {
    return this.#size;
  }

  /** The row of a feature; -1 when the library has not got it. */
  find(hash: number): number {
    const { slots, rows } = this.arrays;
    const key = hash || 1;
    const slot = slotOf(slots, key);
    return slots[slot] === key ? (rows[slot] ?? -1) : -1;
  }

  /** The row of a feature, a new one when it has none yet. */
  add(hash: number): number {
    const { slots, rows } = this.arrays;
    const key = hash || 1;
    const slot = slotOf(slots, key);
    if (slots[slot] === key) return rows[slot] ?? -1;
    const row = this.#size;
    slots[slot] = key;
    rows[slot] = row;
    this.#size += 1;
    if (this.#size * 2 > slots.length) this.#grow();
    return row;
  }

  #grow(): void {
    const { slots, rows } = this.arrays;
    const next = { slots: new Int32Array(slots.length * 2), rows: new Int32Array(slots.length * 2) };
    for (let at = 0; at < slots.length; at += 1) {
      const key = slots[at] ?? 0;
      if (key === 0) continue;
      const slot = slotOf(next.slots, key);
      next.slots[slot] = key;
      next.rows[slot] = rows[at] ?? 0;
    }
    this.arrays = next;
  }
}

/** Where a key is, or would be put. The high bits are mixed in: the low ones of an FNV hash alone are uneven. */
function slotOf(slots: Int32Array, key: number): number {
  const mask = slots.length - 1;
  let slot = (key ^ (key >>> 15)) & mask;
  while (slots[slot] !== 0 && slots[slot] !== key) slot = (slot + 1) & mask;
  return slot;
}
