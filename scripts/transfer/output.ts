import { AppError } from "../../lib/core/index.ts";

/** A line a collection, and the sum. */
export function describeCounts(counts: ReadonlyMap<string, number>): string {
  const lines = [...counts].map(([name, documents]) => countLine(name, documents));
  const all = [...counts.values()].reduce((sum, documents) => sum + documents, 0);
  return `${[...lines, countLine("together", all)].join("\n")}\n`;
}

export function countLine(name: string, documents: number): string {
  return `  ${name.padEnd(20)}${String(documents).padStart(9)}`;
}

/** Runs a command, and ends the program with code 1 and a line when it fails. */
export function runCommand(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
