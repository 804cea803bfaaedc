import type { Token, Tokens } from "marked";
import { RichText } from "./rich-text.ts";

type WriteInline = (out: RichText, tokens: Token[]) => void;

/** Characters that fit a phone's width in Telegram's fixed-width font: an estimate, not documented or measured. */
const MAX_TABLE_WIDTH = 34;

/** Scripts whose letters are one column wide in a fixed-width font and are written from left to right. */
const ONE_COLUMN_EACH = /^[ -~\u00A0-\u024F\u0370-\u03FF\u0400-\u052F\u2010-\u2027\u20AC]*$/;

/** Writes a table: a small one as aligned columns, others as one `heading: value` line for each cell. */
export function writeTable(out: RichText, table: Tokens.Table, writeInline: WriteInline): void {
  const aligned = alignColumns(table, writeInline);
  if (aligned === null) writeAsLines(out, table, writeInline);
  else out.pre({ type: "pre" }, aligned);
}

/** Null when columns would not line up, would be too wide, or would lose a link. */
function alignColumns(table: Tokens.Table, writeInline: WriteInline): string | null {
  const rows = [table.header, ...table.rows].map((row) => row.map((cell) => readCell(cell, writeInline)));
  const cells = rows.flat();
  if (cells.some((cell) => cell.hasLink || !ONE_COLUMN_EACH.test(cell.text))) return null;
  const widths = table.header.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.text.length ?? 0)),
  );
  const gaps = 2 * (widths.length - 1);
  if (widths.reduce((sum, width) => sum + width, gaps) > MAX_TABLE_WIDTH) return null;

  const lines = rows.map((row) =>
    widths
      .map((width, column) => {
        const text = row[column]?.text ?? "";
        return table.align[column] === "right" ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function readCell(cell: Tokens.TableCell, writeInline: WriteInline): { text: string; hasLink: boolean } {
  const out = new RichText();
  writeInline(out, cell.tokens);
  const { text, entities } = out.finish();
  return { text, hasLink: entities.some(({ type }) => type === "text_link") };
}

function writeAsLines(out: RichText, table: Tokens.Table, writeInline: WriteInline): void {
  for (const row of table.rows.length > 0 ? table.rows : [table.header]) {
    out.breakLine(true);
    for (const [column, cell] of row.entries()) {
      if (cell.text.trim() === "") continue;
      const heading = table.header[column];
      if (heading && heading !== cell && heading.text.trim() !== "") {
        writeInline(out, heading.tokens);
        out.write(": ");
      }
      if (column === 0) out.styled({ type: "bold" }, () => writeInline(out, cell.tokens));
      else writeInline(out, cell.tokens);
      out.breakLine();
    }
  }
}
