import { get } from "node:http";
import { expect } from "chai";
import { OperatorError } from "../../lib/core/index.ts";
import { startWebServer, type WebServer } from "../../lib/web/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

const TOKEN = "a-dashboard-token-of-a-test";

describe("the web server", () => {
  let server: WebServer;
  let clock: FakeClock;

  async function start(options: { token?: string; port?: number } = {}): Promise<WebServer> {
    return startWebServer({
      host: "127.0.0.1",
      port: 0,
      clock,
      register: (app) => {
        for (const path of ["/", "/healthz", "/readyz", "/chat"]) app.get(path, () => "a page");
      },
      ...options,
    });
  }

  beforeEach(() => {
    clock = new FakeClock();
  });

  afterEach(() => server.close());

  it("sets security headers", async () => {
    server = await start();
    const { headers } = await fetch(server.url);
    expect(headers.get("x-content-type-options")).to.equal("nosniff");
    expect(headers.get("x-frame-options")).to.equal("DENY");
    expect(headers.get("referrer-policy")).to.equal("no-referrer");
    expect(headers.get("content-security-policy")).to.include("default-src 'none'");
  });

  it("names a taken port in one line", async () => {
    server = await start();
    const port = Number(new URL(server.url).port);
    const failure = await start({ port }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(OperatorError);
    expect((failure as Error).message).to.match(new RegExp(`^Port ${port} is taken.*HTTP_PORT`));
  });

  it("refuses requests for another host name (DNS rebinding)", async () => {
    server = await start();
    const { port } = new URL(server.url);
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

  describe("with a token", () => {
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${server.url}${path}`, { headers, redirect: "manual" })).status;

    beforeEach(async () => {
      server = await start({ token: TOKEN });
    });

    it("requires it as header, query parameter or the cookie that this sets", async () => {
      expect(await status("/")).to.equal(401);
      expect(await status("/?token=wrong")).to.equal(401);
      expect(await status("/", { authorization: "Bearer wrong" })).to.equal(401);
      expect(await status("/", { cookie: "helpline_dashboard=%" })).to.equal(401);
      expect(await status("/", { authorization: `Bearer ${TOKEN}` })).to.equal(200);
      expect(await status("/healthz?probe=1")).to.equal(200);
      expect(await status("/readyz")).to.equal(200);
      const opened = await fetch(`${server.url}/chat?token=${TOKEN}&user=7`, { redirect: "manual" });
      expect(opened.headers.get("location")).to.equal("/chat?user=7");
      const cookie = opened.headers.get("set-cookie") ?? "";
      expect(cookie).to.match(/HttpOnly; SameSite=Strict/);
      expect(await status("/", { cookie: cookie.split(";")[0] ?? "" })).to.equal(200);
    });

    it("blocks an address for the rest of the minute after ten wrong tokens", async () => {
      for (let guess = 1; guess <= 10; guess += 1) expect(await status(`/?token=${guess}`)).to.equal(401);
      const barred = await fetch(`${server.url}/?token=${TOKEN}`);
      expect(barred.status).to.equal(429);
      expect(Number(barred.headers.get("retry-after"))).to.be.within(1, 60);
      expect(await status("/healthz")).to.equal(200);
      await clock.advance(60_000);
      expect(await status("/", { authorization: `Bearer ${TOKEN}` })).to.equal(200);
    });

    it("does not count requests without a token as wrong", async () => {
      for (let visit = 1; visit <= 12; visit += 1) expect(await status("/")).to.equal(401);
    });
  });
});
