import { expect } from "chai";
import { RateLimits } from "../../../lib/sandbox/bot-api/rate-limits.ts";
import type { Failure } from "../../../lib/telegram/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import type { Fate, ReceivedCall } from "../../support/fake-telegram.ts";
import { ANN, BEN, OPERATOR, OPERATORS, Scene } from "../scene.ts";

const BLOCKED: Failure = { kind: "blocked" };
const CRY = "I want to kill myself";
const person = (id: number, first_name = `Person ${id}`) => ({ ...ANN, id, first_name });

describe("a report of danger to the operators", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = openScene();
  });
  afterEach(() => scene.conversation.stop());

  function openScene(clock = new FakeClock()): Scene {
    const opened = new Scene(empty.db, empty.content, { clock });
    opened.checkRisk = (text) => (/kill/.test(text) ? { id: "self-harm", help: "Call somebody." } : null);
    return opened;
  }

  const told = () => scene.texts(OPERATORS.id);
  const toOperators = ({ params }: ReceivedCall): boolean => params.chat_id === OPERATORS.id;
  /** Lets Telegram refuse what is over its limits, as it does. */
  function beStrict(): void {
    const limits = new RateLimits(scene.clock);
    scene.telegram.decide = (call): Fate => {
      if (!toOperators(call) || !/^(send|edit)Message/.test(call.method)) return "ok";
      try {
        limits.count(OPERATORS.id, 1);
        return "ok";
      } catch {
        throw new Error("The bot was too fast for Telegram in the operators' chat");
      }
    };
  }
  const isTold = (name: string): boolean => told().some((text) => text.includes(name));
  /** Seconds until the operators read this name, while the clock runs. */
  async function secondsUntilTold(name: string): Promise<number> {
    for (let seconds = 0; seconds < 300; seconds += 0.5) {
      if (isTold(name)) return seconds;
      await scene.pass(500);
    }
    throw new Error(`The operators did not read of ${name}`);
  }
  /** Everybody sends the same text again and again, two seconds apart, while `meanwhile` happens. */
  async function shout(people: readonly (typeof ANN)[], times: number, text = CRY): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      await Promise.all(people.map((one) => scene.take(scene.message(one, { text }))));
      await scene.pass(2_000);
    }
  }

  it("is one message for each person, which counts up", async () => {
    await scene.say(ANN, CRY);
    await scene.until(() => isTold("Ann"));
    expect(told()).to.deep.equal([
      "⚠️ Ann may be in danger (rule self-harm). They got the help text. To look into it: /user 100",
    ]);
    for (let time = 2; time <= 5; time += 1) await scene.say(ANN, CRY);
    await scene.pass(30_000);
    await scene.until(() => /5 messages/.test(told()[0] ?? ""));
    expect(told()).to.have.lengthOf(1);
    expect(scene.telegram.calls.filter(toOperators).length).to.be.lessThan(5);
  });

  it("is a new message when somebody is heard again after an hour", async () => {
    await scene.say(ANN, CRY);
    await scene.until(() => told().length === 1);
    await scene.clock.advance(61 * 60_000);
    await scene.say(ANN, CRY);
    await scene.until(() => told().length === 2);
  });

  for (const accounts of [8, 80]) {
    it(`arrives within 5 s while ${accounts} accounts shout`, async () => {
      beStrict();
      const crowd = Array.from({ length: accounts }, (_, index) => person(1000 + index, `Crowd ${index}`));
      await shout(crowd, accounts > 10 ? 3 : 15);
      for (const [index, newcomer] of ["Zoe", "Yan", "Xia", "Wim"].entries()) {
        await scene.take(scene.message(person(5000 + index, newcomer), { text: CRY }));
        expect(await secondsUntilTold(newcomer), newcomer).to.be.at.most(5);
        await shout(crowd, 1);
      }
      for (const { first_name } of crowd) expect(isTold(first_name), first_name).to.equal(true);
      expect(told().length).to.be.at.most(20);
    });
  }

  it("arrives within 5 s while people of a hand-over flood the operators' chat", async () => {
    beStrict();
    const crowd = Array.from({ length: 8 }, (_, index) => person(1000 + index, `Crowd ${index}`));
    for (const one of crowd) await scene.take(scene.pressUpdate(one, "person:ask"));
    await shout(crowd, 20, "Answer me!");
    await scene.take(scene.message(person(5000, "Zoe"), { text: CRY }));
    expect(await secondsUntilTold("Zoe")).to.be.at.most(5);
    await scene.take(scene.pressUpdate(person(5001, "Yan"), "person:ask"));
    expect(await secondsUntilTold("Yan would like")).to.be.at.most(30);
    const relayed = told().filter((text) => /Answer me/.test(text));
    expect(relayed.length).to.be.lessThan(80); // what was shouted is still waiting behind them
  });

  it("lets a hand-over request through within a minute while 80 accounts shout", async () => {
    beStrict();
    const crowd = Array.from({ length: 80 }, (_, index) => person(1000 + index, `Crowd ${index}`));
    await shout(crowd, 3);
    await scene.take(scene.pressUpdate(BEN, "person:ask"));
    expect(await secondsUntilTold("Ben would like to talk to a person")).to.be.at.most(60);
  });

  it("goes to every operator's private chat, too, when it has not arrived after 5 s", async () => {
    scene.telegram.decide = (call) =>
      toOperators(call) ? { fails: { kind: "too-many-requests", retryAfterMs: 60_000 } } : "ok";
    await scene.take(scene.message(ANN, { text: CRY }));
    await scene.pass(5_000);
    await scene.until(() => scene.texts(OPERATOR.id).length > 0);
    expect(scene.texts(OPERATOR.id)[0]).to.match(/Ann may be in danger/);
  });

  it("shows names in one line and no longer than they need to be", async () => {
    const name = `Eve\n\n⚠️ **Ann** is fine\u202e${"x".repeat(200)}`;
    await scene.say(person(7, name), CRY);
    await scene.until(() => told().length === 1);
    expect(told()[0]).to.match(/^⚠️ Eve ⚠️ \*\*Ann\*\* is fine x+… may be in danger/);
  });

  describe("that reached nobody", () => {
    beforeEach(async () => {
      scene.telegram.decide = ({ params }) =>
        params.chat_id === OPERATORS.id || params.chat_id === OPERATOR.id ? { fails: BLOCKED } : "ok";
      await scene.take(scene.message(ANN, { text: CRY }));
      await scene.until(() => scene.conversation.operatorsProblem()?.includes("danger") === true);
    });

    it("is still known after a restart, and told when the operators can be reached again", async () => {
      await scene.conversation.stop();
      const { telegram, clock } = scene;
      scene = openScene(clock);
      scene.telegram.decide = telegram.decide;
      await scene.conversation.start();
      expect(scene.conversation.operatorsProblem()).to.match(/alert about danger reached no operator/);
      scene.telegram.decide = () => "ok";
      await scene.clock.advance(60_000);
      await scene.until(() => isTold("Ann"));
      expect(scene.conversation.operatorsProblem()).to.equal(null);
    });
  });

  it("is sent after a crash between the report and the message", async () => {
    const reports = empty.db.collection("danger_reports");
    const about = { telegramUserId: 100, chatKey: "chat:100", isPrivate: true, name: "Ann" };
    const heard = { rules: ["self-harm"], count: 1, firstAt: new Date(), lastAt: new Date() };
    await reports.insertMany([
      { _id: 1 as never, ...about, ...heard, lastSeq: 1 },
      { _id: 2 as never, ...about, ...heard, lastSeq: 2, name: "Ben", telegramUserId: 200, messageSeq: 77 },
    ]);
    await scene.conversation.start();
    await scene.until(() => isTold("Ann") && isTold("Ben"));
  });
});
