export { formatMarkdown, formatUnfinishedMarkdown } from "./format-markdown.ts";
export type { FormattedText } from "./formatted-text.ts";
export { splitFormatted } from "./split-formatted.ts";
