/** What a link leads to: a page Telegram opens, or an address to be read. */
export type LinkTarget = { kind: "page"; url: string } | { kind: "address"; address: string };

const PAGES = new Set(["http:", "https:", "tg:"]);
const ADDRESSES = new Set(["mailto:", "tel:"]);

/**
 * Reads the target of a Markdown link; null when it is nothing a person should be led to (`javascript:`, a relative
 * path, garbage). Telegram's text links know only http, https and tg: it makes `http://…` of a `mailto:`.
 */
export function readLink(href: string): LinkTarget | null {
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  if (PAGES.has(url.protocol)) return { kind: "page", url: url.href };
  if (!ADDRESSES.has(url.protocol)) return null;
  return { kind: "address", address: readable(url.pathname) };
}

function readable(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address; // a stray percent sign: shown as written
  }
}
