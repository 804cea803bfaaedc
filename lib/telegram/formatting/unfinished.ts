const FENCE = /^\s*(`{3,}|~{3,})/;

/** A list, quote, heading, table or rule mark whose text has not arrived. */
const BARE_MARK = /^(?:>\s*)*(?:[-+*=#_~`|]+|\d{1,9}[.)])?$/;

/** Escapes and closed code spans, which hold no marks; the start of a code span; the marks of styles. */
const MARK = /\\.|`[^`]*`|`|\*\*|__|~~|[*_]|~$/g;

/** More nested styles than a sentence has: such a line is left unchanged. */
const MAX_OPEN = 6;

const WORD = /[\p{L}\p{N}]/u;

/**
 * Completes the last line of a partial Markdown text, so that it looks as it will when complete: styles and code spans
 * are closed, a link shows its label, a mark without text is left out.
 */
export function closeUnfinished(markdown: string): string {
  if (endsInsideFence(markdown)) return markdown;
  const lineStart = markdown.lastIndexOf("\n") + 1;
  return markdown.slice(0, lineStart) + closeLine(markdown.slice(lineStart));
}

function endsInsideFence(markdown: string): boolean {
  let fence: string | null = null;
  for (const line of markdown.split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    if (mark === undefined) continue;
    if (fence === null) fence = mark;
    else if (mark.startsWith(fence) && line.trim() === mark) fence = null;
  }
  return fence !== null;
}

function closeLine(line: string): string {
  const withoutHalfLink = line.replace(/!?\[([^[\]]*)\]\([^()\s]*$/, "$1").replace(/!?\[([^[\]]*)\]?$/, "$1");
  return BARE_MARK.test(withoutHalfLink.trim()) ? "" : closeMarks(withoutHalfLink.trimEnd());
}

function closeMarks(line: string): string {
  const open: string[] = [];
  for (const { 0: mark, index } of line.matchAll(MARK)) {
    if (/^(?:\\|`.)/s.test(mark)) continue;
    const before = line.charAt(index - 1);
    const after = line.charAt(index + mark.length);
    const opened = mark === "`" ? -1 : open.lastIndexOf(mark);
    if (opened !== -1 && before.trim() !== "" && !WORD.test(after)) open.splice(opened);
    else if (after === "") return close(line.slice(0, index), open);
    else if (mark === "`" || (after.trim() !== "" && !WORD.test(before))) open.push(mark);
    if (mark === "`") break;
  }
  return close(line, open);
}

function close(line: string, open: readonly string[]): string {
  if (open.length > MAX_OPEN) return line;
  return line.trimEnd() + open.toReversed().join("");
}
