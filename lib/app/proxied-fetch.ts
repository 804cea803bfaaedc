import type { ProxySettings } from "../core/index.ts";

/** Reached without a proxy, whatever NO_PROXY says. */
const LOOPBACK = "localhost,127.0.0.1,::1";

/**
 * Lets `fetch`, which the models' clients use, go through the operator's proxies.
 * @returns a function that undoes it
 */
export async function proxyFetch({
  httpsProxy,
  httpProxy,
  noProxy,
}: ProxySettings): Promise<() => Promise<void>> {
  if (httpsProxy === undefined && httpProxy === undefined) return async () => {};
  const { EnvHttpProxyAgent, getGlobalDispatcher, setGlobalDispatcher } = (await import("undici")).default;
  const before = getGlobalDispatcher();
  const agent = new EnvHttpProxyAgent({
    // Empty rather than missing, which would make it read the environment.
    httpsProxy: httpsProxy ?? httpProxy ?? "",
    httpProxy: httpProxy ?? "",
    noProxy: noProxy === "*" ? noProxy : [LOOPBACK, noProxy].filter(Boolean).join(","),
  });
  setGlobalDispatcher(agent);
  return async () => {
    setGlobalDispatcher(before);
    await agent.close();
  };
}
