import { get } from "node:http";
import { expect } from "chai";
import { OperatorError } from "../../lib/core/index.ts";
import { startWebServer, type WebServer, type WebServerOptions } from "../../lib/web/index.ts";

const TOKEN = "a-dashboard-token-of-a-test";

describe("the web server", () => {
  let server: WebServer;

  async function start(options: Partial<WebServerOptions> = {}): Promise<WebServer> {
    server = await startWebServer({ host: "127.0.0.1", port: 0, ...options });
    return server;
  }

  afterEach(() => server.close());

  it("says that it is alive, with safe headers", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/healthz`);
    expect(await response.json()).to.deep.equal({ status: "ok" });
    expect(response.headers.get("x-content-type-options")).to.equal("nosniff");
    expect(response.headers.get("x-frame-options")).to.equal("DENY");
  });

  it("leads from its root to the page there is", async () => {
    const { url } = await start({ home: "/chat" });
    const response = await fetch(url, { redirect: "manual" });
    expect(response.headers.get("location")).to.equal("/chat");
  });

  it("names a taken port in one line", async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    const failure = await startWebServer({ host: "127.0.0.1", port }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(OperatorError);
    expect((failure as Error).message).to.match(new RegExp(`^Port ${port} is taken.*HTTP_PORT`));
  });

  it("refuses a page of another name that was made to lead to this machine", async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const status = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        get({ host: "127.0.0.1", port, path: "/healthz", headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on("error", reject);
      });
    expect(await status("evil.example")).to.equal(403);
    expect(await status(`localhost:${port}`)).to.equal(200);
    expect(await status(`[::1]:${port}`)).to.equal(200);
  });

  it("lets in only who knows the token, by header, address or the cookie that sets", async () => {
    const { url } = await start({ token: TOKEN });
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${url}${path}`, { headers })).status;
    expect(await status("/")).to.equal(401);
    expect(await status("/?token=wrong")).to.equal(401);
    expect(await status("/", { authorization: "Bearer wrong" })).to.equal(401);
    expect(await status("/", { cookie: "helpline_dashboard=%" })).to.equal(401);
    expect(await status("/", { authorization: `Bearer ${TOKEN}` })).to.equal(200);
    expect(await status("/healthz?probe=1")).to.equal(200);
    const opened = await fetch(`${url}/chat?token=${TOKEN}&user=7`, { redirect: "manual" });
    expect(opened.headers.get("location")).to.equal("/chat?user=7");
    const cookie = opened.headers.get("set-cookie") ?? "";
    expect(cookie).to.match(/HttpOnly; SameSite=Strict/);
    expect(await status("/", { cookie: cookie.split(";")[0] ?? "" })).to.equal(200);
  });
});
