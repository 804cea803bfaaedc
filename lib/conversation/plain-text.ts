/** Escapes a label or a name, so that Markdown shows it as it is. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>~|#]/g, "\\$&");
}
