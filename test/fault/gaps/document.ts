import { readFileSync } from "node:fs";

/** The tables of `docs/gaps.md`. */
export interface GapsDocument {
  /** The durable steps that it explains. */
  explained: readonly string[];
  /** The steps of each kind of update. */
  kinds: ReadonlyMap<string, readonly string[]>;
}

export function readGapsDocument(path = "docs/gaps.md"): GapsDocument {
  const [steps = [], kinds = []] = readFileSync(path, "utf8")
    .split(/^## /m)
    .map(rowsOf)
    .filter((rows) => rows.length > 0);
  return {
    explained: steps.map(([step = ""]) => step),
    kinds: new Map(kinds.map(([kind = "", list = ""]) => [kind, list.split(" → ")])),
  };
}

/** The cells of a table's rows, without its head. */
function rowsOf(section: string): string[][] {
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}
