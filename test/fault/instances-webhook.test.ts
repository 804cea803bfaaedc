import { expect } from "chai";
import { freePort } from "../support/free-port.ts";
import { hasNginx, startNginx, type TestNginx } from "../support/nginx.ts";
import { hasRedis } from "../support/redis.ts";
import { createInstances, DATABASE, type Instances } from "./instances.ts";

const SECRET = "a-secret-of-the-webhook";
const PEOPLE = Array.from({ length: 6 }, (_, index) => ({ userId: 1_000 + index, firstName: `P${index}` }));

describe("several instances behind a load balancer", () => {
  let bot: Instances;
  let nginx: TestNginx;

  before(async function () {
    for (const [name, isThere] of [
      ["redis-server", hasRedis],
      ["nginx", hasNginx],
    ] as const) {
      if (await isThere()) continue;
      process.stdout.write(`    ${name} is not installed, so these tests are skipped\n`);
      this.skip();
    }
    bot = await createInstances({
      respond: ({ question }) => `Answer to ${question}`,
      latency: ({ question }) => ({ firstMs: 10, totalMs: question.startsWith("Long") ? 5_000 : 50 }),
    });
    const ports = [await freePort(), await freePort(), await freePort()];
    nginx = await startNginx(ports);
    for (const port of ports) {
      await bot.start({
        HTTP_PORT: String(port),
        DASHBOARD_TOKEN: "a-dashboard-token-of-a-test",
        WEBHOOK_URL: `${nginx.url}/telegram`,
        WEBHOOK_SECRET: SECRET,
      });
    }
  });

  after(async () => {
    await nginx?.close();
    await bot?.close();
  });

  it("handle a message before the press that was made after it, whichever arrives first", async () => {
    const { telegram, model } = bot.simulation;
    const buttonOf = (userId: number) => {
      const message = telegram
        .chat(userId)
        ?.messages.find(({ reply_markup }) => reply_markup?.inline_keyboard);
      const data = message?.reply_markup?.inline_keyboard[0]?.[0]?.callback_data;
      return message && data ? { messageId: message.message_id, data } : null;
    };
    for (const person of PEOPLE) await telegram.sendText(person, "/settings");
    await telegram.waitFor(() => PEOPLE.every(({ userId }) => buttonOf(userId) !== null));
    for (const person of PEOPLE) await telegram.sendText(person, `Long question of ${person.firstName}?`);
    await model.waitUntil(({ inFlight }) => inFlight === PEOPLE.length);
    for (const [index, person] of [...PEOPLE, ...PEOPLE].entries()) {
      await telegram.sendText(person, `Pair ${index}?`);
      const { messageId, data } = buttonOf(person.userId) as { messageId: number; data: string };
      await telegram.pressButton(person.userId, person.userId, messageId, data);
    }
    await telegram.waitFor(() =>
      [...PEOPLE, ...PEOPLE].every(({ userId }, index) =>
        bot.simulation.botTexts(userId).includes(`Answer to Pair ${index}?`),
      ),
    );
    await telegram.waitFor(() => telegram.pendingUpdates() === 0);
    const rows = await bot.client
      .db(DATABASE)
      .collection<{ _id: string; chatKey: string; seq: number }>("updates")
      .find()
      .toArray();
    const inOrderOfArrival = rows.toSorted((a, b) => updateIdOf(a) - updateIdOf(b));
    for (const { userId } of PEOPLE) {
      const seqs = inOrderOfArrival
        .filter(({ chatKey }) => chatKey === `chat:${userId}`)
        .map(({ seq }) => seq);
      expect(seqs).to.have.length(6);
      expect(seqs).to.deep.equal(seqs.toSorted((a, b) => a - b));
    }
    expect(telegram.calls("getUpdates")).to.deep.equal([]);
  });

  it("refuse a call with a wrong secret", async () => {
    const headers = { "content-type": "application/json", "x-telegram-bot-api-secret-token": "a-guess" };
    const body = JSON.stringify({ update_id: 99, message: { chat: { id: 5 }, text: "let me in" } });
    for (let instance = 0; instance < 3; instance += 1) {
      const response = await fetch(`${nginx.url}/telegram`, { method: "POST", headers, body });
      expect(response.status).to.equal(401);
    }
  });
});

function updateIdOf({ _id }: { _id: string }): number {
  return Number(_id.split(":").at(-1));
}
