/** Text as it is in Markdown, whatever signs it is made of: a label, a name. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>~|#]/g, "\\$&");
}
