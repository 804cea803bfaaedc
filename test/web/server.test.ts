import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { expect } from "chai";
import { OperatorError } from "../../lib/core/index.ts";
import { type Readiness, registerHealth, startWebServer, type WebServer } from "../../lib/web/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

const TOKEN = "a-dashboard-token-of-a-test";
const READY: Readiness = { database: "ok", polling: "ok", inbox: "ok", outbox: "ok", operators: "ok" };

describe("the web server", () => {
  let server: WebServer;
  let clock: FakeClock;

  async function start(
    options: { token?: string; port?: number; trustedProxies?: string[] } = {},
  ): Promise<WebServer> {
    return startWebServer({
      host: "127.0.0.1",
      port: 0,
      clock,
      register: (app) => {
        registerHealth(app, async () => READY);
        for (const path of ["/", "/chat"]) app.get(path, () => "a page");
      },
      ...options,
    });
  }

  beforeEach(() => {
    clock = new FakeClock();
  });

  afterEach(() => server.close());

  /** Sends a path as it is; `fetch` would tidy it up. */
  async function rawGet(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number | undefined; location: string | undefined; text: string }> {
    const { port } = new URL(server.url);
    const request = get({ host: "127.0.0.1", port, path, headers });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    let text = "";
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode, location: response.headers.location, text };
  }

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
    const status = async (host: string) => (await rawGet("/healthz", { host })).status;
    expect(await status("evil.example")).to.equal(403);
    expect(await status(`localhost:${port}`)).to.equal(200);
    expect(await status(`[::1]:${port}`)).to.equal(200);
    const forwarded = { host: "evil.example", "x-forwarded-host": "localhost" };
    expect((await rawGet("/healthz", forwarded)).status).to.equal(403);
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

    it("lets nobody lock others out: wrong tokens have to wait, the right one never does", async () => {
      for (let guess = 1; guess <= 10; guess += 1) expect(await status(`/?token=${guess}`)).to.equal(401);
      const barred = await fetch(`${server.url}/?token=wrong`);
      expect(barred.status).to.equal(429);
      expect(Number(barred.headers.get("retry-after"))).to.be.within(1, 60);
      expect(await status("/", { authorization: `Bearer ${TOKEN}` })).to.equal(200);
      expect(await status("/")).to.equal(401);
      expect(await status("/healthz")).to.equal(200);
      await clock.advance(60_000);
      expect(await status("/?token=wrong")).to.equal(401);
    });

    it("does not open a page by a path that the guard and the router read differently", async () => {
      const paths = [
        "/%68ealthz",
        "/healthz/../chat",
        "/healthz%2f..%2fchat",
        "/chat?x=/healthz",
        "/chat;/healthz",
      ];
      for (const path of [...paths, "/./chat", "//healthz", "/chat#/healthz", "/CHAT"]) {
        expect((await rawGet(path)).status, path).to.be.oneOf([200, 401, 404]);
        if (!path.startsWith("/%68")) expect((await rawGet(path)).text, path).not.to.include("a page");
      }
    });

    it("answers a path that is none with 404, whatever it looks like, and redirects nowhere", async () => {
      for (const path of ["//", "///", `//evil.example/?token=${TOKEN}`, "/nothing"]) {
        const { status: code, location } = await rawGet(path);
        expect(code, path).to.equal(404);
        expect(location, path).to.equal(undefined);
      }
    });

    it("sends the cookie over TLS alone only where a trusted proxy says that the client came by TLS", async () => {
      const cookieOf = async (headers: Record<string, string>): Promise<string> =>
        (await fetch(`${server.url}/?token=${TOKEN}`, { headers, redirect: "manual" })).headers.get(
          "set-cookie",
        ) ?? "";
      const byTls = { "x-forwarded-proto": "https" };
      expect(await cookieOf(byTls)).not.to.include("Secure");
      await server.close();
      server = await start({ token: TOKEN, trustedProxies: ["loopback"] });
      expect(await cookieOf(byTls)).to.include("; Secure");
      expect(await cookieOf({})).not.to.include("Secure");
    });

    it("tells clients behind a trusted proxy apart, and believes nobody else", async () => {
      const guessFrom = (client: string) => status("/?token=wrong", { "x-forwarded-for": client });
      for (let guess = 1; guess <= 10; guess += 1) await guessFrom(`10.0.0.${guess}`);
      expect(await guessFrom("10.0.0.11")).to.equal(429);
      await server.close();
      server = await start({ token: TOKEN, trustedProxies: ["127.0.0.1", "::1"] });
      for (let guess = 1; guess <= 10; guess += 1) await guessFrom("10.0.0.1");
      expect(await guessFrom("10.0.0.1")).to.equal(429);
      expect(await guessFrom("10.0.0.2")).to.equal(401);
    });

    it("does not count requests without a token as wrong", async () => {
      for (let visit = 1; visit <= 12; visit += 1) expect(await status("/")).to.equal(401);
    });
  });
});
