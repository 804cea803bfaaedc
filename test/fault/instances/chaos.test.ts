import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { presetOperators } from "../../../lib/sandbox/index.ts";
import { hasRedis } from "../../support/servers/redis.ts";
import { startTcpProxy, throughProxy } from "../../support/servers/tcp-proxy.ts";
import { createInstances, DATABASE, type Instance, type Instances } from "./instances.ts";

const ANSWER = "Answer to ";

describe("several instances, when Redis or one of them fails,", () => {
  let bot: Instances;
  let asked: { userId: number; text: string }[];

  before(async function () {
    if (await hasRedis()) return;
    process.stdout.write("    redis-server is not installed, so these tests are skipped\n");
    this.skip();
  });

  beforeEach(async () => {
    asked = [];
    bot = await createInstances({
      respond: ({ question }) => `${ANSWER}${question}`,
      latency: ({ question }) => ({ firstMs: 10, totalMs: question.startsWith("Long") ? 10_000 : 50 }),
    });
  });

  afterEach(async () => {
    await bot?.close();
  });

  async function ask(userId: number, text: string): Promise<void> {
    asked.push({ userId, text });
    await bot.simulation.telegram.sendText({ userId, firstName: `P${userId}` }, text);
  }

  const answersTo = ({ userId, text }: { userId: number; text: string }): number =>
    bot.simulation.botTexts(userId).filter((said) => said === `${ANSWER}${text}`).length;
  const allAnswered = () => bot.simulation.telegram.waitFor(() => asked.every((one) => answersTo(one) > 0));
  const allStored = () =>
    bot.simulation.telegram.waitFor(() => bot.simulation.telegram.pendingUpdates() === 0);

  /** Each question is in the history once, with one answer, whatever happened. */
  async function expectEffectsOnce(): Promise<void> {
    const messages = await bot.client
      .db(DATABASE)
      .collection<{ _id: string; text: string }>("messages")
      .find()
      .toArray();
    const expected = asked.flatMap(({ text }) => [text, `${ANSWER}${text}`]);
    expect(messages.map(({ text }) => text)).to.have.members(expected);
  }

  /** Asks some before and some while Redis fails, and expects every answer once it is back. */
  async function survive(fail: () => Promise<void>, mend: () => Promise<void>): Promise<void> {
    const { url } = await bot.start();
    await bot.start();
    for (let person = 0; person < 4; person += 1) await ask(1_000 + person, `Before, ${person}?`);
    await allAnswered();
    await fail();
    for (let person = 0; person < 8; person += 1) await ask(1_000 + person, `Meanwhile, ${person}?`);
    await allStored();
    while (!/Redis has not answered/.test(await readiness(url))) await delay(200);
    await mend();
    await allAnswered();
    await expectEffectsOnce();
    expect(asked.map(answersTo)).to.deep.equal(asked.map(() => 1));
  }

  const readiness = async (url: string): Promise<string> => await (await fetch(`${url}/readyz`)).text();

  it("store what arrives while Redis is frozen, and answer it afterwards", () =>
    survive(
      async () => bot.redis.freeze(),
      async () => bot.redis.resume(),
    ));

  it("store what arrives while Redis is full, and answer it when it has room again", async () => {
    const redis = new Redis(bot.redis.url);
    try {
      await survive(
        async () => void (await redis.config("SET", "maxmemory", "1")),
        async () => void (await redis.config("SET", "maxmemory", "0")),
      );
    } finally {
      redis.disconnect();
    }
  });

  it("start without Redis, store what arrives, and answer it when Redis comes", async () => {
    await bot.redis.kill();
    await bot.start();
    await bot.start();
    for (let person = 0; person < 8; person += 1) await ask(1_000 + person, `Early, ${person}?`);
    await allStored();
    await bot.redis.restart();
    await allAnswered();
    await expectEffectsOnce();
    expect(asked.map(answersTo)).to.deep.equal(asked.map(() => 1));
  });

  it("tell operators of an outage of MongoDB once, in the log while it lasts and in their chat when it is over", async () => {
    const { telegram } = bot.simulation;
    const operators = await presetOperators(telegram);
    const wire = await startTcpProxy(bot.mongo.port);
    const environment = {
      MONGODB_URI: throughProxy(bot.mongo.uri, wire.port),
      ADMIN_USER_IDS: operators.userIds.join(","),
      OPERATORS_CHAT_ID: String(operators.chatId),
    };
    const running = [
      await bot.start(environment),
      await bot.start(environment),
      await bot.start(environment),
    ];
    const logged = (text: string): number =>
      running.reduce((sum, one) => sum + one.output().split(text).length - 1, 0);
    const told = (): string[] =>
      bot.simulation.botTexts(operators.chatId).filter((text) => text.includes("The database answers again"));
    try {
      await wire.cut();
      const outputs = running.map((one) =>
        Promise.race(
          ["Alert: database", "another instance has alerted"].map((text) => one.waitForOutput(text)),
        ),
      );
      await Promise.all(outputs);
      expect(logged("Alert: database")).to.equal(1);
      await wire.restore();
      await telegram.waitFor(() => told().length > 0);
      await Promise.race(running.map((one) => one.waitForOutput("Alert over: database")));
      await Promise.all(running.map((one) => one.end("SIGTERM")));
      expect(told()).to.have.lengthOf(1);
      expect(logged("Alert over: database")).to.equal(1);
    } finally {
      await Promise.all(running.map((one) => one.end("SIGKILL")));
    }
    await wire.cut();
  });

  it("take over the chats of an instance that freezes, and ignore it when it comes back", async () => {
    const running: Instance[] = [await bot.start(), await bot.start()];
    for (let person = 0; person < 6; person += 1) await ask(1_000 + person, `Long, ${person}?`);
    await bot.simulation.model.waitUntil(({ inFlight }) => inFlight === 6);
    const homes = bot.client.db(DATABASE).collection<{ _id: string; owner: string }>("chat_homes");
    const owners = (await homes.find().toArray()).map(({ owner }) => owner);
    const frozen = running.find(({ name }) => owners.includes(name)) as Instance;
    process.kill(frozen.pid, "SIGSTOP");
    try {
      await allAnswered();
    } finally {
      process.kill(frozen.pid, "SIGCONT");
    }
    for (let person = 0; person < 6; person += 1) await ask(1_000 + person, `After, ${person}?`);
    await allAnswered();
    await expectEffectsOnce();
  });
});
