/** The beginning or the end of a code block. */
const FENCE = /^\s*(`{3,}|~{3,})/;

/**
 * Cuts Markdown into parts of at most `limit` UTF-16 units, each of whole paragraphs: after an empty line outside of
 * code blocks. A stretch without such a line is one part, however long.
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

/** The offsets at which paragraphs, with their empty line, end. */
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
