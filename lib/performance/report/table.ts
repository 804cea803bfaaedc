import Table from "cli-table3";
import pc from "picocolors";

/** A column of a table beside the names, which take the remaining width. */
export interface TableColumn {
  heading: string;
  width: number;
}

export interface TableOptions {
  width: number;
  color: boolean;
}

const GAP = 1;
const MIN_NAME_WIDTH = 16;

/** A table without borders, names on the left and numbers on the right; never wider than `width`. */
export function renderTable(
  names: { heading: string; longest: number },
  columns: readonly TableColumn[],
  rows: readonly string[][],
  { width, color }: TableOptions,
): string[] {
  const { bold } = pc.createColors(color);
  const numbers = columns.reduce((sum, column) => sum + column.width + GAP, 0);
  const nameWidth = Math.max(MIN_NAME_WIDTH, Math.min(names.longest, width - numbers));
  const table = new Table({
    head: [names.heading, ...columns.map(({ heading }) => heading)].map((heading) => bold(heading)),
    colWidths: [nameWidth, ...columns.map((column) => column.width + GAP)],
    colAligns: ["left", ...columns.map(() => "right" as const)],
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    chars: NO_BORDERS,
  });
  table.push(...rows);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
