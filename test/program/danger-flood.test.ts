import { expect } from "chai";
import { RateLimits } from "../../lib/sandbox/bot-api/rate-limits.ts";
import { ANN, BEN, OPERATORS, Scene } from "../conversation/scene.ts";
import { useEmptyDatabase } from "../support/empty-database.ts";
import { FakeClock } from "../support/fake-clock.ts";
import type { Fate, ReceivedCall } from "../support/fake-telegram.ts";

const CRY = "I want to kill myself";
const person = (id: number, first_name: string) => ({ ...ANN, id, first_name });

describe("a report of danger to the operators, amid a flood", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content, { clock: new FakeClock() });
    scene.checkRisk = (text) => (/kill/.test(text) ? { id: "self-harm", help: "Call somebody." } : null);
    beStrict();
  });
  afterEach(() => scene.conversation.stop());

  const told = () => scene.texts(OPERATORS.id);
  const toOperators = ({ params }: ReceivedCall): boolean => params.chat_id === OPERATORS.id;
  const isTold = (name: string): boolean => told().some((text) => text.includes(name));
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

  for (const accounts of [8, 80]) {
    it(`arrives within 5 s while ${accounts} accounts shout`, async () => {
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
    const crowd = Array.from({ length: 80 }, (_, index) => person(1000 + index, `Crowd ${index}`));
    await shout(crowd, 3);
    await scene.take(scene.pressUpdate(BEN, "person:ask"));
    expect(await secondsUntilTold("Ben would like to talk to a person")).to.be.at.most(60);
  });
});
