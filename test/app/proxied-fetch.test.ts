import { expect } from "chai";
import { proxyFetch } from "../../lib/app/proxied-fetch.ts";
import { type HttpProxy, startHttpProxy } from "../support/servers/http-proxy.ts";

describe("fetch through a proxy", () => {
  let proxy: HttpProxy;
  let restore: () => Promise<void>;

  beforeEach(async () => {
    proxy = await startHttpProxy();
    restore = async () => {};
  });

  afterEach(async () => {
    await restore();
    await proxy.close();
  });

  const reach = (address: string): Promise<unknown> => fetch(address).catch(() => undefined);

  it("asks the proxy for a model's host, but not for an exempt one, until it is restored", async () => {
    restore = await proxyFetch({ httpsProxy: proxy.url, httpProxy: undefined, noProxy: "exempt.invalid" });
    await reach("https://model.invalid/v1");
    await reach("https://exempt.invalid/v1");
    expect(proxy.tunnels).to.deep.equal(["model.invalid:443"]);
    await restore();
    restore = async () => {};
    await reach("https://model.invalid/v1");
    expect(proxy.tunnels).to.have.length(1);
  });
});
