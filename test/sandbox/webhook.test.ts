import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { memoryStorage, startBot, stopBots, type TestBot } from "./support.ts";

interface Delivery {
  update: { update_id: number; message?: { text: string }; callback_query?: object };
  headers: IncomingHttpHeaders;
}

/** A bot's server that notes what it is brought; each answer can be decided. */
async function startServer() {
  const deliveries: Delivery[] = [];
  const waiting = new Set<() => void>();
  const state = {
    decide: (_delivery: Delivery): { status: number; retryAfter?: string } => ({ status: 200 }),
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const delivery = { update: JSON.parse(body) as Delivery["update"], headers: request.headers };
      deliveries.push(delivery);
      const { status, retryAfter } = state.decide(delivery);
      response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end();
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    state,
    texts: () => deliveries.map(({ update }) => update.message?.text),
    delivered: (count: number) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (deliveries.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe("the simulated Telegram: webhooks", () => {
  let bot: TestBot;
  let server: Awaited<ReturnType<typeof startServer>>;
  const say = (words: string, userId = 1001) => bot.telegram.sendText({ userId, firstName: "Ada" }, words);
  const set = (params: object = {}) =>
    bot.call("setWebhook", { url: server.url, secret_token: "s3cret", ...params });
  const confirmed = () => bot.telegram.waitFor(() => bot.telegram.pendingUpdates() === 0);

  beforeEach(async () => {
    bot = await startBot();
    server = await startServer();
  });
  afterEach(async () => {
    await stopBots();
    await server.close();
  });

  it("brings what waits and what comes, with the secret, and confirms what was taken", async () => {
    await say("before");
    expect((await set()).result).to.equal(true);
    await say("after");
    await server.delivered(2);
    await confirmed();
    expect(server.texts()).to.deep.equal(["before", "after"]);
    expect(server.deliveries[0]?.headers["x-telegram-bot-api-secret-token"]).to.equal("s3cret");
    expect((await bot.call("getWebhookInfo")).result).to.include({
      url: server.url,
      pending_update_count: 0,
    });
  });

  it("refuses polling while it is set, and ends a poll under way", async () => {
    const slept = bot.nextSleep();
    const poll = bot.call("getUpdates", { timeout: 30 });
    await slept;
    await set();
    expect(await poll).to.include({ status: 409, description: "Conflict: terminated by setWebhook request" });
    const refused = await bot.call("getUpdates");
    expect(refused.status).to.equal(409);
    expect(refused.description).to.match(/can't use getUpdates method while webhook is active/);
    expect((await bot.call("deleteWebhook")).result).to.equal(true);
    expect((await bot.call("getUpdates")).status).to.equal(200);
  });

  it("brings an update again after 503, as soon as Retry-After says, and keeps a chat's order meanwhile", async () => {
    server.state.decide = () => ({ status: 503, retryAfter: "2" });
    await set();
    const slept = bot.nextSleep();
    await say("one");
    await say("two");
    await slept;
    server.state.decide = () => ({ status: 200 });
    expect(server.texts()).to.deep.equal(["one"]);
    expect((await bot.call<object>("getWebhookInfo")).result).to.include({
      last_error_message: "Wrong response from the webhook: 503 Service Unavailable",
    });
    await bot.clock.advance(1_999);
    expect(server.texts()).to.deep.equal(["one"]);
    await bot.clock.advance(1);
    await confirmed();
    expect(server.texts()).to.deep.equal(["one", "one", "two"]);
  });

  it("brings other chats their updates while one is refused", async () => {
    server.state.decide = ({ update }) => ({ status: update.message?.text === "poison" ? 500 : 200 });
    await set();
    await say("poison");
    await say("fine", 1002);
    await bot.telegram.waitFor(() => bot.telegram.pendingUpdates() === 1);
    expect(server.texts()).to.include("fine");
  });

  it("lets a press overtake a message", async () => {
    await say("hello");
    const { result } = await bot.call<{ message_id: number }>("sendMessage", {
      chat_id: 1001,
      text: "choose",
      reply_markup: { inline_keyboard: [[{ text: "a", callback_data: "a" }]] },
    });
    server.state.decide = ({ update }) =>
      update.message ? { status: 503, retryAfter: "1000" } : { status: 200 };
    await set();
    await bot.telegram.pressButton(1001, 1001, result.message_id, "a");
    await bot.telegram.waitFor(() => bot.telegram.pendingUpdates() === 1);
    expect(server.deliveries.some(({ update }) => update.callback_query)).to.equal(true);
  });

  it("takes only addresses and secrets that Telegram takes", async () => {
    const insecure = await bot.call("setWebhook", { url: "http://bot.example/hook" });
    expect(insecure.description).to.equal(
      "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
    );
    const secret = await set({ secret_token: "two words" });
    expect(secret.description).to.equal("Bad Request: secret token contains unallowed characters");
  });

  it("is kept over a restart", async () => {
    const storage = memoryStorage();
    const first = await startBot({ storage });
    await first.call("setWebhook", { url: server.url });
    await first.telegram.stop();
    const second = await startBot({ storage });
    await second.telegram.sendText({ userId: 5, firstName: "Ben" }, "still here");
    await server.delivered(1);
    expect(server.texts()).to.deep.equal(["still here"]);
  });
});
