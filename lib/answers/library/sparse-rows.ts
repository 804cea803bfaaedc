import type { Slices } from "../../core/index.ts";
import type { Features } from "./features.ts";

/** The flat arrays of a sparse matrix, row by row, as they are stored. */
export interface SparseArrays {
  /** Where each row begins, and where the last one ends. */
  starts: Int32Array;
  columns: Uint16Array;
  values: Float32Array;
}

/** A sparse matrix that is read by rows. It has at most 65,536 columns. */
export class SparseRows {
  readonly arrays: SparseArrays;

  constructor(arrays: SparseArrays) {
    this.arrays = arrays;
  }

  /** Transposes columns, such as texts with their features. */
  static async build(rowCount: number, columns: readonly Features[], slices: Slices): Promise<SparseRows> {
    const starts = new Int32Array(rowCount + 1);
    for (const { rows } of columns) {
      for (const row of rows) starts[row + 1] = (starts[row + 1] ?? 0) + 1;
      if (slices.isOver) await slices.next();
    }
    for (let row = 0; row < rowCount; row += 1) starts[row + 1] = (starts[row + 1] ?? 0) + (starts[row] ?? 0);
    const size = starts[rowCount] ?? 0;
    const arrays = { starts, columns: new Uint16Array(size), values: new Float32Array(size) };
    const next = starts.slice();
    for (const [column, { rows, weights }] of columns.entries()) {
      for (let at = 0; at < rows.length; at += 1) {
        const row = rows[at] ?? 0;
        const place = next[row] ?? 0;
        arrays.columns[place] = column;
        arrays.values[place] = weights[at] ?? 0;
        next[row] = place + 1;
      }
      if (slices.isOver) await slices.next();
    }
    return new SparseRows(arrays);
  }

  /** Adds a row, times `factor`, to `sums`. */
  addTo(sums: Float32Array | Float64Array, row: number, factor: number): void {
    const { starts, columns, values } = this.arrays;
    const end = starts[row + 1] ?? 0;
    for (let at = starts[row] ?? 0; at < end; at += 1) {
      const column = columns[at] ?? 0;
      sums[column] = (sums[column] ?? 0) + factor * (values[at] ?? 0);
    }
  }
}
