/** How many letters differ: one missing, too many or wrong, or two swapped, count as one (optimal string alignment). */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next[column] = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = next;
  }
  return last[b.length] ?? 0;
}

/** Whether a word may be a misspelling of another: at most so many mistakes, and the first letter right, as it mostly is. */
export function isMisspelling(word: string, meant: string, maxMistakes: number): boolean {
  if (maxMistakes === 0 || word[0] !== meant[0] || Math.abs(word.length - meant.length) > maxMistakes)
    return false;
  return distance(word, meant) <= maxMistakes;
}
