import { expect } from "chai";
import type { Content } from "../../lib/content/index.ts";
import { migrate } from "../../lib/store/migrations.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { pick, randomFlows, seeded } from "../conversation/flows/random-flows.ts";
import { Talk } from "../conversation/talk.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { loadSample } from "../support/sample.ts";

const HOUR_MS = 60 * 60 * 1000;
/** So often a person does something in a walk. */
const STEPS = 25;
const TEXTS = [
  "x of alpha n1",
  "12",
  "31.12.2020",
  "2020-02-31",
  "Ann",
  "Why is that so?",
  "Skip",
  "◀ Back",
  "+33 6 12 34 56 78",
];
const COMMANDS = ["/start", "/cancel", "/new", "/topics", "/settings", "/language", "/stop", "/help", "/ask"];
/** What the walks press: not what erases the person, hands them over or rates. */
const PRESSED = /^(flow|begin|topic|faq|age|ask|stop|set:(?!data))/;

interface Step {
  update: Update;
  /** How long the person waits before. */
  pauseMs: number;
  /** How many points there are at which a crash makes a difference. */
  effects: number;
}

/** What a person might do next, seeing their chat. */
function nextStep(talk: Talk, random: () => number, pressable: { data: string; id: number }[]): Step {
  const pauseMs = random() < 0.04 ? 13 * HOUR_MS : 1_000;
  const present = talk.bubbles
    .slice(-2)
    .flatMap(({ id, buttons }) => buttons.map(({ callback_data: data = "" }) => ({ data, id })))
    .filter(({ data }) => PRESSED.test(data));
  const what = random();
  if (what < 0.6 && present.length > 0) {
    const { data, id } = pick(random, present);
    return { pauseMs, effects: 0, update: talk.press(data, id) };
  }
  if (what < 0.7 && pressable.length > 0) {
    const { data, id } = pick(random, pressable);
    return { pauseMs, effects: 0, update: talk.press(data, id) };
  }
  if (what < 0.75) {
    const fields = pick(random, [
      { location: { latitude: 1, longitude: 2 } },
      { contact: { phone_number: "+331" } },
    ]);
    return { pauseMs, effects: 0, update: talk.message(fields) };
  }
  const text = what < 0.9 ? pick(random, TEXTS) : pick(random, COMMANDS);
  return { pauseMs, effects: 0, update: talk.message({ text }) };
}

/** Telegram's limits, and that there is something to be seen. */
function expectWithinLimits(talk: Talk): void {
  for (const { method, params } of talk.sends) {
    const text = (params.text ?? "") as string;
    if (method === "sendMessage" || method === "editMessageText") expect(text).not.to.equal("");
    expect(text.length).to.be.at.most(4096);
    expect(((params.caption ?? "") as string).length).to.be.at.most(1024);
  }
  for (const { buttons } of talk.bubbles) {
    expect(buttons.length).to.be.at.most(100);
    for (const { callback_data: data, text } of buttons) {
      expect(text).not.to.equal("");
      expect(Buffer.byteLength(data ?? "")).to.be.at.most(64);
    }
  }
}

describe("a random walk through flows", () => {
  let database: TestDatabase;
  let sample: Content;

  before(async () => {
    database = await openTestDatabase();
    sample = await loadSample();
  });
  after(() => database.close());

  async function openTalk(content: Content): Promise<Talk> {
    await database.db.dropDatabase();
    await migrate(database.db, new FakeClock());
    return new Talk(database.db, content);
  }

  /** A walk, in which every step is answered; resolves to what was done. */
  async function walk(talk: Talk, random: () => number): Promise<Step[]> {
    const steps: Step[] = [];
    const pressable = new Map<string, number>();
    for (let count = 0; count < STEPS; count += 1) {
      const step =
        count === 0
          ? { pauseMs: 0, effects: 0, update: talk.message({ text: "/start" }) }
          : nextStep(
              talk,
              random,
              [...pressable].map(([data, id]) => ({ data, id })),
            );
      steps.push(step);
      await talk.clock.advance(step.pauseMs);
      const sent = talk.sends.length;
      talk.onEffect = () => {
        step.effects += 1;
      };
      await talk.handle(step.update);
      expect(talk.sends.length, `silence after ${JSON.stringify(step.update)}`).to.be.greaterThan(sent);
      for (const { id, buttons } of talk.bubbles) {
        for (const { callback_data: data = "" } of buttons) if (PRESSED.test(data)) pressable.set(data, id);
      }
    }
    expectWithinLimits(talk);
    return steps;
  }

  /** The same steps, with crashes at any point and repeated updates. */
  async function walkAgain(talk: Talk, steps: readonly Step[], random: () => number): Promise<void> {
    for (const [index, { update, pauseMs, effects }] of steps.entries()) {
      await talk.clock.advance(pauseMs);
      for (let crashes = random() < 0.7 ? 2 : 0; crashes > 0; crashes -= 1) {
        let left = Math.floor(random() * effects);
        talk.onEffect = () => {
          left -= 1;
          if (left < 0) throw new Error("crash");
        };
        await talk.handle(update, index + 1).catch((error: unknown) => {
          if (!(error instanceof Error) || error.message !== "crash") throw error;
        });
        talk.onEffect = () => {};
        talk.restart();
      }
      await talk.handle(update, index + 1);
    }
  }

  const kept = async (): Promise<unknown> => {
    const [session, people, messages] = await Promise.all([
      database.db
        .collection("sessions")
        .find({}, { projection: { endedAt: 0 } })
        .sort({ _id: 1 })
        .toArray(),
      database.db.collection("people").find().toArray(),
      database.db.collection("messages").find().sort({ _id: 1 }).toArray(),
    ]);
    return { session, people, messages };
  };

  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
    it(`gets an answer at every step, and the same answers after crashes (walk ${seed})`, async () => {
      const random = seeded(seed);
      const limits = { ...sample.bot.limits, messagesPerMinute: 1_000, questionsPerDay: 1_000 };
      const flows = randomFlows(
        random,
        sample.topics.map(({ id }) => id),
      );
      const content: Content =
        seed % 3 === 0
          ? { ...sample, bot: { ...sample.bot, limits } }
          : { ...sample, flows, bot: { ...sample.bot, limits, onboarding: "alpha" } };
      const talk = await openTalk(content);
      const steps = await walk(talk, random);
      const [texts, state] = [talk.texts, await kept()];

      const again = await openTalk(content);
      await walkAgain(again, steps, random);
      expect(again.texts).to.deep.equal(texts);
      expect(await kept()).to.deep.equal(state);
    });
  }
});
