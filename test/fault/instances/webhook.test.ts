import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { freePort } from "../../support/servers/free-port.ts";
import { hasNginx, startNginx, type TestNginx } from "../../support/servers/nginx.ts";
import { hasRedis } from "../../support/servers/redis.ts";
import { startTcpProxy, type TcpProxy, throughProxy } from "../../support/servers/tcp-proxy.ts";
import { createInstances, DATABASE, type Instances } from "./instances.ts";

const SECRET = "a-secret-of-the-webhook";
const INSTANCES = 4;
/** Messages with a press right behind them; WEBHOOK_PAIRS asks for more. */
const PAIRS = Number(process.env.WEBHOOK_PAIRS ?? 12);
/** They come in waves, each from other people, so that a wave is stored while its first questions are in progress. */
const PEOPLE = Math.min(20, Math.ceil(PAIRS / 2));
const PAIRS_IN_WAVE = 2 * PEOPLE;
const OUTAGE_MS = 30_000;

interface Person {
  userId: number;
  firstName: string;
}

describe("several instances behind a load balancer", () => {
  let bot: Instances;
  let nginx: TestNginx;
  /** The instances' way to MongoDB. */
  let wire: TcpProxy;

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
      latency: ({ question }) => ({ firstMs: 10, totalMs: question.startsWith("Long") ? 60_000 : 50 }),
    });
    wire = await startTcpProxy(bot.mongo.port);
    const ports: number[] = [];
    while (ports.length < INSTANCES) ports.push(await freePort());
    nginx = await startNginx(ports);
    for (const port of ports) {
      await bot.start({
        MONGODB_URI: throughProxy(bot.mongo.uri, wire.port),
        HTTP_PORT: String(port),
        DASHBOARD_TOKEN: "a-dashboard-token-of-a-test",
        WEBHOOK_URL: `${nginx.url}/telegram`,
        WEBHOOK_SECRET: SECRET,
        GEMINI_MAX_CONCURRENT: String(PEOPLE), // so that each has a question in progress when the pairs come
      });
    }
  });

  after(async () => {
    await nginx?.close();
    await bot?.close();
    await wire?.cut();
  });

  /** The button of the first message that a person got. */
  function buttonOf({ userId }: Person): { messageId: number; data: string } | null {
    const chat = bot.simulation.telegram.chat(userId);
    const message = chat?.messages.find(({ reply_markup }) => reply_markup?.inline_keyboard);
    const data = message?.reply_markup?.inline_keyboard[0]?.[0]?.callback_data;
    return message && data ? { messageId: message.message_id, data } : null;
  }

  /** Each of the people asks a long question, and makes pairs while it is in progress; then all is answered. */
  async function sendWave(people: readonly Person[], pairs: readonly Person[]): Promise<void> {
    const { telegram, model, botTexts } = bot.simulation;
    const allStored = () => telegram.waitFor(() => telegram.pendingUpdates() === 0);
    for (const person of people) await telegram.sendText(person, "/settings");
    await telegram.waitFor(() => people.every((person) => buttonOf(person) !== null));
    const longOnes: number[] = [];
    for (const person of people) {
      const { messageId } = await telegram.sendText(person, "Long question?");
      longOnes.push(messageId);
    }
    await model.waitUntil(({ inFlight }) => inFlight === people.length);
    for (const [index, person] of pairs.entries()) {
      await telegram.sendText(person, `Pair ${index}?`);
      const { messageId, data } = buttonOf(person) as { messageId: number; data: string };
      await telegram.pressButton(person.userId, person.userId, messageId, data);
    }
    await allStored();
    expect(model.inFlight, "long questions, so that no pair has begun").to.equal(people.length);
    for (const [index, { userId }] of people.entries()) {
      await telegram.editMessage(userId, userId, longOnes[index] ?? 0, "Short question?");
    }
    await telegram.waitFor(() =>
      pairs.every(({ userId }, index) => botTexts(userId).includes(`Answer to Pair ${index}?`)),
    );
    await allStored();
  }

  it("handle a message before the press that was made after it, whichever arrives first", async () => {
    const all: Person[] = [];
    for (let sent = 0; sent < PAIRS; ) {
      const people = Array.from({ length: PEOPLE }, (_, index) => {
        const userId = 1_000 + all.length + index;
        return { userId, firstName: `P${userId}` };
      });
      const count = Math.min(PAIRS_IN_WAVE, PAIRS - sent);
      await sendWave(
        people,
        Array.from({ length: count }, (_, index) => people[index % PEOPLE] as Person),
      );
      all.push(...people);
      sent += count;
    }
    const rows = await bot.client
      .db(DATABASE)
      .collection<{ _id: string; chatKey: string; seq: number }>("updates")
      .find()
      .toArray();
    const inOrderOfArrival = rows.toSorted((a, b) => updateIdOf(a) - updateIdOf(b));
    let outOfOrder = 0;
    for (const { userId } of all) {
      const own = inOrderOfArrival.filter(({ chatKey }) => chatKey === `chat:${userId}`);
      const wrong = own.filter(({ seq }, place) => seq < (own[place - 1]?.seq ?? 0)).length;
      if (wrong > 0)
        process.stdout.write(`      ${own.map(({ _id, seq }) => `${_id} at ${seq}`).join(", ")}\n`);
      outOfOrder += wrong;
    }
    expect(rows).to.have.length(3 * all.length + 2 * PAIRS);
    expect(outOfOrder).to.equal(0);
    expect(bot.simulation.telegram.calls("getUpdates")).to.deep.equal([]);
    process.stdout.write(`      ${PAIRS} pairs of ${all.length} people, ${outOfOrder} out of order\n`);
  });

  it("lose nothing while MongoDB is away", async () => {
    const { telegram, botTexts } = bot.simulation;
    const people = Array.from({ length: 8 }, (_, index) => ({
      userId: 9_000 + index,
      firstName: `Q${index}`,
    }));
    const askAll = async (text: string): Promise<void> => {
      for (const person of people) await telegram.sendText(person, text);
    };
    const questions = ["Before?", "Meanwhile?", "Meanwhile, too?"];
    await askAll("Before?");
    await wire.cut();
    try {
      await askAll("Meanwhile?");
      await delay(OUTAGE_MS);
      await askAll("Meanwhile, too?");
    } finally {
      await wire.restore();
    }
    const answersOf = ({ userId }: Person): string[] =>
      botTexts(userId).filter((text) => text.startsWith("Answer to "));
    await telegram.waitFor(() => people.every((person) => answersOf(person).length >= questions.length));
    for (const person of people) {
      expect(answersOf(person)).to.deep.equal(questions.map((question) => `Answer to ${question}`));
    }
    expect(telegram.pendingUpdates()).to.equal(0);
  });

  it("refuse a call with a wrong secret", async () => {
    const headers = { "content-type": "application/json", "x-telegram-bot-api-secret-token": "a-guess" };
    const body = JSON.stringify({ update_id: 99, message: { chat: { id: 5 }, text: "let me in" } });
    for (let instance = 0; instance < INSTANCES; instance += 1) {
      const response = await fetch(`${nginx.url}/telegram`, { method: "POST", headers, body });
      expect(response.status).to.equal(401);
    }
  });
});

function updateIdOf({ _id }: { _id: string }): number {
  return Number(_id.split(":").at(-1));
}
