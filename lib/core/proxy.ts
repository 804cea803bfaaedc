import { isIP } from "node:net";
import { isLoopback } from "./net.ts";

/** The operator's proxies, by the addresses they serve. */
export interface ProxySettings {
  httpsProxy: string | undefined;
  httpProxy: string | undefined;
  /** Hosts reached directly: `*`, or names with commas between them that include their subdomains, with or without a port. */
  noProxy: string;
}

/**
 * The proxy for an address; undefined when it is reached directly, as this machine always is. With only one proxy set, it
 * serves public names of both schemes; an `http` server by a local name or an IP address is most likely next door.
 */
export function proxyFor(url: URL, { httpsProxy, httpProxy, noProxy }: ProxySettings): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isLoopback(host) || isExempt(host, url, noProxy)) return undefined;
  if (url.protocol === "https:") return httpsProxy ?? httpProxy;
  const isPublicName = host.includes(".") && isIP(host) === 0;
  return httpProxy ?? (isPublicName ? httpsProxy : undefined);
}

function isExempt(host: string, url: URL, noProxy: string): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", onlyPort = port] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(entry) ?? [];
      return name !== "" && onlyPort === port && (host === name || host.endsWith(`.${name}`));
    });
}
