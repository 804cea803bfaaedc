import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { expect } from "chai";
import { OperatorError, silentLogger } from "../../lib/core/index.ts";
import { bindPerformanceMonitor, createPerformanceMonitor } from "../../lib/performance/index.ts";
import { checkToken, classifyFailure, TelegramApi, Upload } from "../../lib/telegram/index.ts";
import {
  type FakeBotApi,
  type HttpCall,
  type HttpReply,
  startFakeBotApi,
} from "../support/servers/fake-bot-api.ts";
import { type HttpProxy, startHttpProxy } from "../support/servers/http-proxy.ts";

const TOKEN = "123456:secret-of-the-bot";
const APACHE_404 = `<html>The requested URL /bot${TOKEN}/sendMessage was not found on this server.</html>`;

function textFile(): Upload {
  return new Upload("a.txt", "text/plain", 7, async function* () {
    yield Buffer.from("content");
  });
}

describe("telegram api", () => {
  let server: FakeBotApi;
  let api: TelegramApi;
  let decide: (call: HttpCall) => HttpReply | Promise<HttpReply>;

  beforeEach(async () => {
    decide = () => ({ result: true });
    server = await startFakeBotApi((call) => decide(call));
    api = new TelegramApi({ token: TOKEN, apiRoot: server.apiRoot });
  });

  afterEach(async () => {
    api.closeConnections();
    await server.close();
  });

  const send = (signal?: AbortSignal): Promise<unknown> =>
    api.call("sendMessage", { chat_id: 1, text: "hi" }, signal);
  const failureOf = async (work: Promise<unknown>): Promise<Error & { code?: string }> => {
    try {
      await work;
    } catch (error) {
      return error as Error;
    }
    throw new Error("nothing failed");
  };

  it("sends parameters, structured ones as JSON, and returns the result", async () => {
    decide = () => ({ result: { message_id: 5 } });
    const entities = [{ type: "bold", offset: 0, length: 2 }];
    const result = await api.call("sendMessage", {
      chat_id: 1,
      text: "hé 😀 &=",
      entities,
      thread: undefined,
    });
    expect(result).to.deep.equal({ message_id: 5 });
    expect(server.calls[0]?.params).to.deep.equal({
      chat_id: "1",
      text: "hé 😀 &=",
      entities: JSON.stringify(entities),
    });
    expect(server.calls[0]?.token).to.equal(TOKEN);
  });

  it("reuses its connection", async () => {
    for (let call = 0; call < 5; call += 1) await send();
    expect(server.connections()).to.equal(1);
  });

  it("uploads a file as multipart", async () => {
    const document = textFile();
    await api.call("sendDocument", { chat_id: 1, document });
    expect(server.calls[0]?.contentType).to.match(/^multipart\/form-data/);
  });

  it("measures every call under its method, sends as one part, and an upload within its call", async () => {
    const options = { mode: "full", slowOperationMs: 1_000, logger: silentLogger } as const;
    const monitor = createPerformanceMonitor(options);
    const unbind = bindPerformanceMonitor(monitor);
    try {
      await monitor.trace("update", {}, async () => {
        await api.getMe();
        await api.call("sendMessage", {});
        await api.call("sendDocument", { chat_id: 1, document: textFile() });
      });
    } finally {
      unbind();
    }
    const [trace] = monitor.slowestTraces();
    expect(trace?.spans.map(({ name, part, parent }) => ({ name, part, parent }))).to.deep.equal([
      { name: "telegram.getMe", part: "telegram.getMe", parent: null },
      { name: "telegram.sendMessage", part: "telegram.send", parent: null },
      { name: "telegram.sendDocument", part: "telegram.send", parent: null },
      { name: "file.upload", part: "file.upload", parent: 2 },
    ]);
  });

  it("never calls a long poll slow, nor the menus that are published at the start", async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const unbind = bindPerformanceMonitor(
      createPerformanceMonitor({ mode: "full", slowOperationMs: 0, logger }),
    );
    try {
      await api.getUpdates({ timeout: 1 });
      await api.setMyCommands({ commands: [] });
      expect(warnings).to.deep.equal([]);
      await api.getMe();
      expect(warnings).to.have.length(1);
    } finally {
      unbind();
    }
  });

  describe("through a proxy", () => {
    let proxy: HttpProxy;
    let behindProxy: TelegramApi;

    const open = async (): Promise<void> => {
      proxy = await startHttpProxy({ "telegram.invalid": server.apiRoot });
      const proxies = { httpsProxy: undefined, httpProxy: proxy.url, noProxy: "" };
      behindProxy = new TelegramApi({ token: TOKEN, apiRoot: "http://telegram.invalid:81", proxies });
    };

    afterEach(async () => {
      behindProxy.closeConnections();
      await proxy.close();
    });

    it("sends calls and uploads, and fetches files, over one tunnel", async () => {
      await open();
      await behindProxy.call("sendMessage", { chat_id: 1, text: "hi" });
      await behindProxy.call("sendDocument", { chat_id: 1, document: textFile() });
      expect(server.calls.map(({ method }) => method)).to.deep.equal(["sendMessage", "sendDocument"]);
      const file = await behindProxy.download("photos/a.jpg", new AbortController().signal);
      file.destroy();
      expect(new Set(proxy.tunnels)).to.deep.equal(new Set(["telegram.invalid:81"]));
    });

    it("calls a broken tunnel unknown, since the call may have been applied", async () => {
      await open();
      decide = () => "reset";
      const error = await failureOf(behindProxy.call("sendMessage", { text: "hi" }));
      expect(classifyFailure(error)).to.deep.equal({ kind: "unknown" });
    });

    it("calls an unreachable proxy not-sent", async () => {
      await open();
      await proxy.close();
      const error = await failureOf(behindProxy.call("sendMessage", { text: "hi" }));
      expect(classifyFailure(error)).to.deep.equal({ kind: "not-sent" });
      expect(server.calls).to.deep.equal([]);
    });
  });

  describe("failures", () => {
    const cases: [string, HttpReply, Record<string, unknown>, string][] = [
      [
        "400",
        { error: 400, description: "Bad Request: chat not found" },
        { kind: "refused", errorCode: 400, description: "Bad Request: chat not found" },
        "TELEGRAM_400",
      ],
      ["401", { error: 401, description: "Unauthorized" }, { kind: "unauthorized" }, "TELEGRAM_401"],
      [
        "403",
        { error: 403, description: "Forbidden: bot was blocked by the user" },
        { kind: "blocked" },
        "TELEGRAM_403",
      ],
      [
        "404",
        { error: 404, description: "Not Found" },
        { kind: "refused", errorCode: 404, description: "Not Found" },
        "TELEGRAM_404",
      ],
      [
        "429",
        { error: 429, description: "Too Many Requests: retry after 7", parameters: { retry_after: 7 } },
        { kind: "too-many-requests", retryAfterMs: 7000 },
        "TELEGRAM_429",
      ],
      [
        "429 that names no number",
        { error: 429, description: "Too Many Requests", parameters: { retry_after: "soon" } },
        { kind: "too-many-requests", retryAfterMs: 0 },
        "TELEGRAM_429",
      ],
      [
        "429 that asks for thirty years",
        { error: 429, description: "Too Many Requests", parameters: { retry_after: 1e9 } },
        { kind: "too-many-requests", retryAfterMs: 24 * 60 * 60_000 },
        "TELEGRAM_429",
      ],
      ["500", { error: 500, description: "Internal Server Error" }, { kind: "unknown" }, "TELEGRAM_500"],
      [
        "a gateway's 502 page",
        { status: 502, body: "<html>Bad Gateway</html>" },
        { kind: "unknown" },
        "TELEGRAM_HTTP_502",
      ],
      [
        "a page instead of JSON",
        { status: 200, body: "<html>log in first</html>" },
        { kind: "unknown" },
        "TELEGRAM_HTTP_200",
      ],
      ["a proxy's refusal", { status: 404, body: APACHE_404 }, { kind: "not-sent" }, "TELEGRAM_HTTP_404"],
      [
        "a proxy's size limit",
        { status: 413, body: "too large" },
        { kind: "refused", errorCode: 413, description: "too large" },
        "TELEGRAM_HTTP_413",
      ],
      ["broken JSON", { status: 200, body: '{"ok":tru' }, { kind: "unknown" }, "TELEGRAM_BAD_ANSWER"],
      ["JSON of another kind", { status: 200, body: "{}" }, { kind: "unknown" }, "TELEGRAM_BAD_ANSWER"],
      ["a connection reset before the answer", "reset", { kind: "unknown" }, "TELEGRAM_CONNECTION"],
      ["a connection cut within the answer", "cut", { kind: "unknown" }, "TELEGRAM_CONNECTION"],
    ];
    for (const [name, reply, failure, code] of cases) {
      it(`calls ${name} ${String(failure.kind)}, after one try, without showing the token`, async () => {
        decide = () => reply;
        const error = await failureOf(send());
        expect(classifyFailure(error)).to.deep.equal(failure);
        expect(error.code).to.equal(code);
        expect(server.calls).to.have.length(1);
        expect(inspect(error, { depth: 10 })).not.to.include(TOKEN);
      });
    }

    it("calls an unreachable server not-sent, without showing the token", async () => {
      await server.close();
      const error = await failureOf(send());
      expect(classifyFailure(error)).to.deep.equal({ kind: "not-sent" });
      expect(error.code).to.equal("TELEGRAM_UNREACHABLE");
      expect(inspect(error, { depth: 10 })).not.to.include(TOKEN);
    });

    it("calls a connection that was never established not-sent", async () => {
      const secure = new TelegramApi({ token: TOKEN, apiRoot: server.apiRoot.replace("http:", "https:") });
      const error = await failureOf(secure.call("sendMessage", { text: "hi" }));
      expect(classifyFailure(error)).to.deep.equal({ kind: "not-sent" });
      expect(inspect(error, { depth: 10 })).not.to.include(TOKEN);
    });

    it("calls a reused connection that breaks unknown, since the call may have been applied", async () => {
      await send();
      decide = () => "reset";
      const error = await failureOf(send());
      expect(server.connections()).to.equal(1);
      expect(classifyFailure(error)).to.deep.equal({ kind: "unknown" });
    });

    it("calls an unreachable server not-sent for an upload, too", async () => {
      await server.close();
      const document = textFile();
      const error = await failureOf(api.call("sendDocument", { chat_id: 1, document }));
      expect(classifyFailure(error)).to.deep.equal({ kind: "not-sent" });
    });

    it("ends a call without an answer in time as unknown, while a long poll may wait longer", async () => {
      let answerPoll = (_reply: HttpReply): void => {};
      const polled = new Promise<HttpReply>((resolve) => (answerPoll = resolve));
      decide = ({ method }) => (method === "getUpdates" ? polled : "hang");
      const impatient = new TelegramApi({ token: TOKEN, apiRoot: server.apiRoot, timeoutMs: 500 });
      const poll = impatient.getUpdates({ timeout: 30 });
      const error = await failureOf(impatient.call("sendMessage", { text: "hi" }));
      expect(classifyFailure(error)).to.deep.equal({ kind: "unknown" });
      expect(error.code).to.equal("TELEGRAM_TIMEOUT");
      answerPoll({ result: [] });
      expect(await poll).to.deep.equal([]);
      impatient.closeConnections();
    });

    it("ends an answer without end as unknown, long before it fills the memory", async () => {
      let sentBytes = 0;
      const endless = createServer((_request, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const chunk = Buffer.alloc(64 * 1024, " ");
        const pour = (): void => {
          do sentBytes += chunk.length;
          while (response.write(chunk));
        };
        response.write('{"ok":true,"result":"');
        response.on("drain", pour);
        pour();
      }).listen(0, "127.0.0.1");
      await once(endless, "listening");
      const { port } = endless.address() as AddressInfo;
      const flooded = new TelegramApi({ token: TOKEN, apiRoot: `http://127.0.0.1:${port}` });
      const failure = await failureOf(flooded.call("sendMessage", { chat_id: 1, text: "hi" }));
      expect(classifyFailure(failure)).to.deep.equal({ kind: "unknown" });
      expect(sentBytes).to.be.below(64 * 1024 * 1024);
      flooded.closeConnections();
      endless.closeAllConnections();
      endless.close();
    });

    it("rejects with the reason of the caller's abort and leaves no listener behind", async () => {
      const caller = new AbortController();
      const reason = new Error("changed my mind");
      decide = () => {
        caller.abort(reason);
        return "hang";
      };
      expect(await failureOf(send(caller.signal))).to.equal(reason);
      expect(getEventListeners(caller.signal, "abort")).to.have.length(0);
      expect(await failureOf(send(caller.signal))).to.equal(reason);
      expect(server.calls).to.have.length(1);
    });

    it("leaves no listener on the caller's signal after a successful call", async () => {
      const { signal } = new AbortController();
      await send(signal);
      expect(getEventListeners(signal, "abort")).to.have.length(0);
    });

    it("calls parameters that cannot be sent refused, since trying again cannot help", async () => {
      const error = await failureOf(api.call("sendMessage", { text: 5n }));
      expect(classifyFailure(error).kind).to.equal("refused");
      expect(server.calls).to.have.length(0);
    });

    it("keeps quotations, which may hold a person's words, out of its message", async () => {
      decide = () => ({ error: 400, description: 'Bad Request: can\'t parse "my secret": unexpected' });
      const error = await failureOf(send());
      expect(error.message).to.equal("sendMessage: 400 Bad Request: can't parse");
    });
  });

  describe("checking the token", () => {
    it("returns the bot when the token is valid", async () => {
      decide = () => ({ result: { id: 1, is_bot: true, first_name: "Helpline", username: "helpline_bot" } });
      const check = await checkToken(api);
      expect(check).to.deep.include({ kind: "valid" });
      expect(check.kind === "valid" && check.bot.username).to.equal("helpline_bot");
    });

    for (const errorCode of [401, 404]) {
      it(`names the setting in one line when Telegram answers ${errorCode}`, async () => {
        decide = () => ({ error: errorCode, description: "No" });
        const error = await failureOf(checkToken(api));
        expect(error).to.be.instanceOf(OperatorError);
        expect(error.message)
          .to.match(/TELEGRAM_BOT_TOKEN/)
          .and.not.to.match(/\n/);
        expect(inspect(error, { depth: 10 })).not.to.include(TOKEN);
      });
    }

    it("lets the caller try again when Telegram cannot be reached", async () => {
      decide = () => ({ status: 502, body: "Bad Gateway" });
      const check = await checkToken(api);
      expect(check.kind === "unreachable" && check.error.retryable).to.equal(true);
    });

    it("refuses an invalid API root without showing the token", () => {
      for (const apiRoot of ["not an address", "ftp://127.0.0.1"]) {
        expect(() => new TelegramApi({ token: TOKEN, apiRoot }))
          .to.throw(OperatorError, /TELEGRAM_API_ROOT/)
          .with.property("message")
          .that.does.not.include(TOKEN);
      }
    });
  });
});
