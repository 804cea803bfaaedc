/** Escapes a label or a name, so that Markdown shows it as it is. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>~|#]/g, "\\$&");
}

/** Long enough to tell people apart. */
const MAX_NAME_LENGTH = 32;

/**
 * A name that people chose themselves, as operators see it: in one line, without characters that hide or reorder the text
 * beside it, and not too long.
 */
export function shownName(name: string): string {
  const plain = name
    .normalize("NFC")
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  const characters = Array.from(plain);
  return characters.length > MAX_NAME_LENGTH
    ? `${characters.slice(0, MAX_NAME_LENGTH - 1).join("")}…`
    : plain;
}
