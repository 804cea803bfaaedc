/** The beginning or the end of a code block. */
const FENCE = /^\s*(`{3,}|~{3,})/;

/**
 * Cuts Markdown into parts of at most `limit` UTF-16 units, each of whole paragraphs: after an empty line that is in
 * no code block. A stretch without such a line is one part, however long.
 */
export function cutAtParagraphs(markdown: string, limit: number): string[] {
  const parts: string[] = [];
  let from = 0;
  let end = 0;
  for (const cut of [...paragraphEnds(markdown), markdown.length]) {
    if (cut - from > limit && end > from) {
      parts.push(markdown.slice(from, end));
      from = end;
    }
    end = cut;
  }
  return [...parts, markdown.slice(from)];
}

/** Where paragraphs end, each with its empty line. */
function paragraphEnds(markdown: string): number[] {
  const ends: number[] = [];
  let fence: string | null = null;
  let at = 0;
  for (const line of markdown.split("\n")) {
    at += line.length + 1;
    const mark = FENCE.exec(line)?.[1];
    if (fence === null) {
      fence = mark ?? null;
      if (line.trim() === "") ends.push(at);
    } else if (mark?.startsWith(fence) && line.trim() === mark) fence = null;
  }
  return ends;
}
