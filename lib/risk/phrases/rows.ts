/** Rows of whole numbers in two flat arrays, as they are stored. */
export interface Rows {
  /** Where each row begins, and where the last one ends. */
  starts: Int32Array;
  values: Int32Array;
}

/** A row, or an empty one where there is none; it is a part of the rows. */
export function rowAt({ starts, values }: Rows, index: number): Int32Array {
  return values.subarray(starts[index] ?? 0, starts[index + 1] ?? 0);
}

/** Gathers rows one by one. */
export class RowsBuilder {
  readonly #starts = [0];
  readonly #values: number[] = [];

  /** How many rows there are so far. */
  get count(): number {
    return this.#starts.length - 1;
  }

  /** @returns the row's index */
  add(row: Iterable<number>): number {
    for (const value of row) this.#values.push(value);
    return this.#starts.push(this.#values.length) - 2;
  }

  build(): Rows {
    return { starts: Int32Array.from(this.#starts), values: Int32Array.from(this.#values) };
  }
}
