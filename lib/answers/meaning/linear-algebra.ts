import type { Slices } from "../../core/index.ts";

/** A symmetric matrix, row by row; only the lower triangle is used. */
export interface SymmetricMatrix {
  size: number;
  values: Float64Array;
}

/** Adds `weight` times the outer product of a vector with itself. */
export function addOuterProduct(
  { size, values }: SymmetricMatrix,
  vector: Float32Array,
  weight: number,
): void {
  for (let row = 0; row < size; row += 1) {
    const factor = weight * (vector[row] ?? 0);
    const start = row * size;
    for (let column = 0; column <= row; column += 1)
      values[start + column] = (values[start + column] ?? 0) + factor * (vector[column] ?? 0);
  }
}

/** Replaces a positive definite matrix by its Cholesky factor. */
export async function factorise({ size, values }: SymmetricMatrix, slices: Slices): Promise<void> {
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = values[row * size + column] ?? 0;
      for (let at = 0; at < column; at += 1)
        sum -= (values[row * size + at] ?? 0) * (values[column * size + at] ?? 0);
      values[row * size + column] =
        row === column ? Math.sqrt(sum) : sum / (values[column * size + column] ?? 1);
    }
    if (slices.isOver) await slices.next();
  }
}

/**
 * Solves for several right sides at once, in place.
 * @param factor as `factorise` leaves it
 * @param right a row for each row of the matrix, with a column for each right side
 */
export async function solve(
  { size, values }: SymmetricMatrix,
  right: Float64Array,
  slices: Slices,
): Promise<void> {
  const columns = right.length / size;
  const subtract = (row: number, factor: number, other: number): void => {
    for (let at = 0; at < columns; at += 1)
      right[row * columns + at] =
        (right[row * columns + at] ?? 0) - factor * (right[other * columns + at] ?? 0);
  };
  const divide = (row: number): void => {
    const divisor = values[row * size + row] ?? 1;
    for (let at = 0; at < columns; at += 1)
      right[row * columns + at] = (right[row * columns + at] ?? 0) / divisor;
  };
  for (let row = 0; row < size; row += 1) {
    for (let other = 0; other < row; other += 1) subtract(row, values[row * size + other] ?? 0, other);
    divide(row);
    if (slices.isOver) await slices.next();
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    for (let other = row + 1; other < size; other += 1) subtract(row, values[other * size + row] ?? 0, other);
    divide(row);
    if (slices.isOver) await slices.next();
  }
}
