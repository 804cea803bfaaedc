export { formatMarkdown, formatUnfinishedMarkdown } from "./format-markdown.ts";
export type { FormattedText } from "./formatted-text.ts";
export type { IsKnownLink } from "./honest-links.ts";
export { readLink } from "./links.ts";
export { splitFormatted } from "./split-formatted.ts";
