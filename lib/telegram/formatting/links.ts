/** The target of a link: a page Telegram opens, or an address shown as text. */
export type LinkTarget = { kind: "page"; url: string } | { kind: "address"; address: string };

const ADDRESSES = new Set(["mailto:", "tel:"]);

/**
 * Reads the target of a Markdown link; null when a person should not be led there (`javascript:`, a relative path,
 * `https://known.org@elsewhere.org`) or Telegram refuses it (a host without a dot).
 * Telegram's text links support only http, https and tg: it turns `mailto:` into `http://…`.
 */
export function readLink(href: string): LinkTarget | null {
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  if (ADDRESSES.has(url.protocol)) return { kind: "address", address: readable(url.pathname) };
  return isPage(url) ? { kind: "page", url: url.href } : null;
}

function isPage({ protocol, href, hostname, username, password }: URL): boolean {
  if (protocol === "tg:") return href.startsWith("tg://");
  const isWeb = protocol === "http:" || protocol === "https:";
  return isWeb && hostname.includes(".") && username === "" && password === "";
}

function readable(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address; // a stray percent sign: shown as written
  }
}
