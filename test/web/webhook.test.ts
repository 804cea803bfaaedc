import { expect } from "chai";
import { AppError, silentLogger } from "../../lib/core/index.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { registerWebhook, startWebServer, type WebServer } from "../../lib/web/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

const SECRET = "a-secret-of-the-webhook";
const PATH = "/telegram/hook";

describe("the webhook", () => {
  let server: WebServer;
  let clock: FakeClock;
  let stored: Update[];
  let accept: (update: Update) => Promise<void>;

  beforeEach(async () => {
    clock = new FakeClock();
    stored = [];
    accept = async (update) => void stored.push(update);
    server = await start("a-dashboard-token-of-a-test");
  });

  afterEach(() => server.close());

  function start(token?: string): Promise<WebServer> {
    return startWebServer({
      host: "127.0.0.1",
      port: 0,
      clock,
      ...(token === undefined ? {} : { token }),
      register(app) {
        app.post("/page", () => "a page");
        const deps = { clock, logger: silentLogger };
        registerWebhook(app, { ...deps, path: PATH, secret: SECRET, accept: (update) => accept(update) });
      },
    });
  }

  const call = (body: string, secret: string | null = SECRET, path = PATH) =>
    fetch(`${server.url}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(secret === null ? {} : { "x-telegram-bot-api-secret-token": secret }),
      },
      body,
    });

  it("answers 200 only after the update is stored", async () => {
    let store = (): void => {};
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    accept = () =>
      new Promise((resolve) => {
        store = resolve;
        asked();
      });
    let answered = false;
    const answer = call('{"update_id":7}').finally(() => (answered = true));
    await isAsked;
    expect(answered).to.equal(false);
    store();
    expect((await answer).status).to.equal(200);
  });

  it("needs no dashboard token, but Telegram's secret: else 401, and nothing is stored", async () => {
    for (const secret of ["wrong", "", `${SECRET}x`, null]) {
      expect((await call('{"update_id":7}', secret)).status, String(secret)).to.equal(401);
    }
    expect((await call('{"update_id":7}')).status).to.equal(200);
    expect(stored).to.deep.equal([{ update_id: 7 }]);
    expect((await call('{"update_id":7}', SECRET, "/page")).status).to.equal(401);
  });

  it("asks Telegram to come again in 2 s while updates cannot be stored", async () => {
    accept = () => Promise.reject(new AppError("The database is away", { code: "AWAY" }));
    const answer = await call('{"update_id":7}');
    expect(answer.status).to.equal(503);
    expect(answer.headers.get("retry-after")).to.equal("2");
  });

  it("asks Telegram to come again when storing takes too long", async () => {
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    accept = () => {
      asked();
      return new Promise(() => {});
    };
    const answer = call('{"update_id":7}');
    await isAsked;
    await clock.advance(10_000);
    expect((await answer).status).to.equal(503);
  });

  it("bounds the body, and skips what is no update", async () => {
    expect((await call(JSON.stringify({ update_id: 1, text: "x".repeat(1024 * 1024) }))).status).to.equal(
      413,
    );
    expect((await call('{"update_id":')).status).to.equal(400);
    expect((await call('{"message":{}}')).status).to.equal(200);
    expect(stored).to.deep.equal([]);
  });

  it("is served behind a load balancer that passes on its own host name", async () => {
    await server.close();
    server = await start();
    const answer = await fetch(`${server.url}${PATH}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-telegram-bot-api-secret-token": SECRET,
        host: "bot.example",
      },
      body: '{"update_id":7}',
    });
    expect(answer.status).to.equal(200);
  });
});
