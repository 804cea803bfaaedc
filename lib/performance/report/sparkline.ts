const LEVELS = "▁▂▃▄▅▆▇█".split("");

/**
 * A row of bars, one character per value, scaled from zero to the largest; a space where there is no value.
 */
export function sparkline(values: readonly (number | null)[]): string {
  const largest = Math.max(...values.map((value) => value ?? 0));
  const bar = (value: number): string => {
    const level = largest > 0 ? Math.round((value / largest) * (LEVELS.length - 1)) : 0;
    return LEVELS[level] ?? "";
  };
  return values.map((value) => (value === null ? " " : bar(value))).join("");
}
