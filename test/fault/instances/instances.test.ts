import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { hasRedis } from "../../support/servers/redis.ts";
import { runInstancesCrashes } from "./crash-run.ts";
import { createInstances, type Instance, type Instances } from "./instances.ts";

const ANSWER = "Answer to ";
/** A stop should take half a second; a busy machine gets ten times that. */
const SLOWEST_STOPS_MS = 5_000;

describe("several instances of a bot", () => {
  let bot: Instances;
  let running: Instance[];

  before(async function () {
    if (await hasRedis()) return;
    process.stdout.write("    redis-server is not installed, so these tests are skipped\n");
    this.skip();
  });

  afterEach(async () => {
    await bot?.close();
  });

  async function start(count: number, totalMs: number): Promise<void> {
    bot = await createInstances({
      respond: ({ question }) => `${ANSWER}${question}`,
      latency: () => ({ firstMs: 10, totalMs }),
    });
    running = [];
    while (running.length < count) running.push(await bot.start());
  }

  const ask = (userId: number, text: string) =>
    bot.simulation.telegram.sendText({ userId, firstName: `P${userId}` }, text);
  const isAnswered = (userId: number, text: string): boolean =>
    bot.simulation.botTexts(userId).includes(`${ANSWER}${text}`);

  const people = (count: number): number[] => Array.from({ length: count }, (_, index) => 1_000 + index);
  const longOne = (person: number): string => `A long question of person ${person}?`;

  it("lose nothing, double nothing and keep the order while one after another is killed and a clock is set back", async () => {
    const report = await runInstancesCrashes({
      kills: 5,
      instances: 3,
      chats: 20,
      questions: 80,
      seed: 1,
      dropped: 0.05,
      setsClockBack: true,
    });
    expect(report).to.include({
      clocksSetBack: 1,
      lost: 0,
      outOfOrder: 0,
      givenUp: 0,
      wrongInHistory: 0,
      askedTooOften: 0,
    });
  });

  it("poll one at a time: another takes over when that one dies, and Telegram sees no conflict", async () => {
    await start(2, 10);
    await ask(1_000, "First?");
    await bot.simulation.telegram.waitFor(() => isAnswered(1_000, "First?"));
    const lease = await bot.client
      .db("helpline")
      .collection<{ _id: string; owner: string }>("leases")
      .findOne({ _id: /poller$/ });
    const poller = running.find(({ name }) => name === lease?.owner);
    await poller?.end("SIGKILL");
    await ask(1_000, "Second?");
    await bot.simulation.telegram.waitFor(() => isAnswered(1_000, "Second?"));
    const conflicts = bot.simulation.telegram
      .calls("getUpdates")
      .filter(({ outcome }) => outcome.kind === "error" && outcome.status === 409);
    expect(conflicts).to.deep.equal([]);
  });

  it("give back all that only one may do when they are told to stop, so that nobody has to wait for it", async () => {
    await start(1, 10);
    const leases = bot.client.db("helpline").collection<{ _id: string; owner: string | null }>("leases");
    const owned = async (): Promise<string[]> =>
      (await leases.find({ owner: { $ne: null } }).toArray()).map(({ _id }) => _id.split(":")[1] ?? "");
    const works = [
      "alerts",
      "broadcasts",
      "danger reports",
      "erasures",
      "poller",
      "retention",
      "silence",
      "sweeper",
    ];
    while ((await owned()).length < works.length) await delay(100);
    expect((await owned()).toSorted()).to.deep.equal(works);
    await running[0]?.end("SIGTERM");
    expect(await owned()).to.deep.equal([]);
  });

  it("store updates while Redis is away, finish what they are doing, and answer when it is back, empty", async () => {
    await start(2, 3_000);
    await ask(1_000, "In progress?");
    await bot.simulation.model.waitUntil(({ inFlight }) => inFlight === 1);
    await bot.redis.kill();
    await ask(1_001, "Meanwhile?");
    await bot.simulation.telegram.waitFor(() => isAnswered(1_000, "In progress?"));
    await bot.simulation.telegram.waitFor(() => bot.simulation.telegram.pendingUpdates() === 0);
    const ready = async () =>
      (await fetch(`${running[0]?.url}/readyz`)).json() as Promise<{ checks: object }>;
    while (!/Redis has not answered/.test(JSON.stringify(await ready()))) await delay(200);
    await bot.redis.restart();
    await bot.simulation.telegram.waitFor(() => isAnswered(1_001, "Meanwhile?"));
    expect(bot.simulation.model.calls).to.have.length(2);
  });

  it("answer long questions once while another instance is restarted", async () => {
    await start(1, 40_000);
    for (const person of people(8)) await ask(person, longOne(person));
    await bot.simulation.model.waitUntil(({ inFlight }) => inFlight === 8);
    for (let restarts = 0; restarts < 20; restarts += 1) await (await bot.start()).end("SIGKILL");
    await bot.simulation.telegram.waitFor(() =>
      people(8).every((person) => isAnswered(person, longOne(person))),
    );
    expect(bot.simulation.model.calls).to.have.length(8);
    const updates = await bot.client.db("helpline").collection("updates").find().toArray();
    expect(updates.map(({ attempts }) => Number(attempts))).to.deep.equal(updates.map(() => 1));
  });

  it("stop a question at once, wherever it is answered and wherever the stop arrives", async () => {
    await start(3, 60_000);
    for (const person of people(6)) await ask(person, longOne(person));
    await bot.simulation.model.waitUntil(({ inFlight }) => inFlight === 6);
    const askedAt = performance.now();
    for (const person of people(6)) await ask(person, "/cancel");
    await bot.simulation.model.waitUntil(({ inFlight }) => inFlight === 0);
    const tookMs = Math.round(performance.now() - askedAt);
    process.stdout.write(`      six stops took ${tookMs} ms\n`);
    expect(tookMs).to.be.below(SLOWEST_STOPS_MS);
    expect(people(6).filter((person) => isAnswered(person, longOne(person)))).to.deep.equal([]);
  });
});
