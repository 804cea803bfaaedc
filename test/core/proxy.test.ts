import { expect } from "chai";
import { proxyFor } from "../../lib/core/index.ts";

const SECURE = "http://secure.proxy:3128";
const PLAIN = "http://plain.proxy:3128";

describe("choosing a proxy", () => {
  const chosen = (
    address: string,
    { httpsProxy, httpProxy, noProxy = "" }: { httpsProxy?: string; httpProxy?: string; noProxy?: string },
  ): string | undefined => proxyFor(new URL(address), { httpsProxy, httpProxy, noProxy });

  it("goes by the scheme of the address", () => {
    const both = { httpsProxy: SECURE, httpProxy: PLAIN };
    expect(chosen("https://api.telegram.org/x", both)).to.equal(SECURE);
    expect(chosen("http://api.example.org/x", both)).to.equal(PLAIN);
    expect(chosen("https://api.telegram.org/x", {})).to.equal(undefined);
  });

  it("uses a lone proxy for public names of both schemes, but not for servers next door", () => {
    expect(chosen("https://api.telegram.org", { httpProxy: PLAIN })).to.equal(PLAIN);
    expect(chosen("http://telegram.invalid", { httpsProxy: SECURE })).to.equal(SECURE);
    for (const address of ["http://bot-api:8081", "http://10.0.0.7:8081", "http://[fd00::7]:8081"]) {
      expect(chosen(address, { httpsProxy: SECURE }), address).to.equal(undefined);
    }
  });

  it("never uses one for this machine", () => {
    for (const address of ["http://localhost:8081", "http://127.0.0.1:8081", "https://[::1]:8081"]) {
      expect(chosen(address, { httpsProxy: SECURE, httpProxy: PLAIN }), address).to.equal(undefined);
    }
  });

  for (const [noProxy, address, isDirect] of [
    ["*", "https://api.telegram.org", true],
    ["telegram.org", "https://api.telegram.org", true],
    [".telegram.org", "https://api.telegram.org", true],
    ["*.telegram.org", "https://api.telegram.org", true],
    ["a.example, API.telegram.org", "https://api.telegram.org", true],
    ["telegram.org:443", "https://api.telegram.org", true],
    ["telegram.org:8443", "https://api.telegram.org", false],
    ["elegram.org", "https://api.telegram.org", false],
    ["10.0.0.7", "https://10.0.0.7", true],
  ] as const) {
    it(`with NO_PROXY=${noProxy} reaches ${address} ${isDirect ? "directly" : "through the proxy"}`, () => {
      expect(chosen(address, { httpsProxy: SECURE, noProxy })).to.equal(isDirect ? undefined : SECURE);
    });
  }
});
