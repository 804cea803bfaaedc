import { expect } from "chai";
import type { OpeningHours } from "../../../lib/content/index.ts";
import { openingHoursSchema } from "../../../lib/content/settings/opening-hours.ts";
import { createAskingWords } from "../../../lib/conversation/handover/asking-words.ts";
import { isOpenAt, nextOpening } from "../../../lib/conversation/handover/opening-hours.ts";
import { commandMenus } from "../../../lib/conversation/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { loadSample } from "../../support/sample.ts";
import { ANN, BEN, GROUP, OPERATOR, OPERATORS, Scene } from "../scene.ts";

const ASKS = [
  "Can I talk to a real person?",
  "can i speak with a human please",
  "I want to talk to a person",
  "operator",
  "Operator!",
  "human please",
  "I'd like to chat with a counsellor",
  "could you connect me to an agent",
  "Is there a way to talk to an actual human?",
  "please transfer me to a human",
  "can I talk to someone?",
  "I need to speak to someone from your team",
  "let me talk to a live person",
  "Puis-je parler à une vraie personne ?",
  "Je veux parler à un humain",
  "opératrice",
  "je voudrais parler à un conseiller",
  "est-ce que je peux parler avec quelqu'un ?",
  "je peux parler à quelqu'un de l'équipe",
];

const ASKS_NOT = [
  "How do I talk to a person I love about condoms?",
  "Can I talk to someone about my period at school?",
  "How do I talk to my partner about testing?",
  "what is a human right",
  "Is it normal for a person to bleed between periods?",
  "Can a person get pregnant without sex?",
  "my boyfriend is an operator in a factory and he has a rash, what could it be?",
  "I want to talk to someone I like, what do I say?",
  "what does the human papillomavirus do",
  "Agents that cause infections",
  "Comment parler à quelqu'un de mon couple de préservatifs ?",
  "Une personne peut-elle tomber enceinte pendant les règles ?",
  "je veux parler de contraception avec mon copain",
  "How are you?",
  "",
];

describe("asking for a person, in words", () => {
  let isAsking: (text: string) => boolean;

  before(async () => {
    isAsking = createAskingWords(await loadSample());
  });

  for (const text of ASKS) {
    it(`is understood: ${text}`, () => {
      expect(isAsking(text)).to.equal(true);
    });
  }
  for (const text of ASKS_NOT) {
    it(`is not seen where nobody asks for one: ${text}`, () => {
      expect(isAsking(text)).to.equal(false);
    });
  }
});

describe("asking for a person", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });

  const openCount = () => scene.collection("handovers").countDocuments({ isOpen: true });

  it("in words begins a hand-over, once even if the message is repeated", async () => {
    const message = scene.message(ANN, { text: "Can I talk to a real person?" });
    for (let time = 0; time < 3; time += 1) await scene.handle(message, 1);
    expect(scene.questions).to.deep.equal([]);
    expect(scene.texts(OPERATORS.id)).to.have.lengthOf(1);
    expect(scene.last(OPERATORS.id)).to.match(/#1 Ann would like[\s\S]*Can I talk to a real person\?/);
    expect(scene.last(ANN.id)).to.match(/asked someone from the team/);
    await scene.say(ANN, "operator");
    expect(scene.last(OPERATORS.id)).to.match(/^💬 #1 Ann\noperator/);
  });

  it("in words is a question where nobody can be reached, and in groups", async () => {
    await scene.say(ANN, "@helpline_bot can I talk to a real person?", GROUP);
    const alone = new Scene(empty.db, empty.content, { hasOperatorsChat: false });
    alone.seq = 10;
    await alone.say(BEN, "operator");
    expect([scene.questions.length, alone.questions.length]).to.deep.equal([1, 1]);
    expect(await openCount()).to.equal(0);
  });

  it("works with /person and with the menu's button, and is in the help", async () => {
    await scene.say(ANN, "/person");
    expect(await openCount()).to.equal(1);
    await scene.say(ANN, "/end");
    await scene.say(ANN, empty.content.translate("en", "menu.person"));
    expect(await openCount()).to.equal(1);
    await scene.say(ANN, "/end");
    await scene.say(ANN, "/help");
    expect(scene.last(ANN.id)).to.match(/• \/topics[^\n]*\n• \/person/);
    await scene.say(ANN, "/person", GROUP);
    expect(scene.last(GROUP.id)).to.equal(empty.content.translate("en", "person.in_private"));
  });

  it("is in no menu and no help where there is no operators' chat", async () => {
    const alone = new Scene(empty.db, empty.content, { hasOperatorsChat: false });
    await alone.say(ANN, "/help");
    expect(alone.last(ANN.id)).not.to.match(/\/person/);
    expect(JSON.stringify(alone.telegram.calls.at(-1)?.params)).not.to.include(
      empty.content.translate("en", "menu.person"),
    );
    const names = (hasTeam: boolean) =>
      commandMenus(empty.content, hasTeam)[0]?.commands.map((one) => one.command);
    expect(names(false)).not.to.include("person");
    expect(names(true)).to.include("person");
  });

  describe("when the team has opening hours", () => {
    const hours = openingHoursSchema.parse({
      time_zone: "Europe/Paris",
      monday: "09:00-12:30, 14:00-18:00",
      friday: "22:00-02:00",
    });
    const at = (text: string): number => Date.parse(text);

    it("knows when somebody is there, in the team's time zone", () => {
      expect(isOpenAt(undefined, 0)).to.equal(true);
      // 5 January 2026 is a Monday; Paris is one hour ahead of UTC in winter, two in summer.
      for (const [time, isOpen] of [
        ["2026-01-05T07:59Z", false],
        ["2026-01-05T08:00Z", true],
        ["2026-01-05T11:30Z", false],
        ["2026-01-05T13:00Z", true],
        ["2026-01-05T17:00Z", false],
        ["2026-07-06T07:00Z", true],
        ["2026-01-09T21:00Z", true],
        ["2026-01-10T00:59Z", true],
        ["2026-01-10T01:00Z", false],
      ] as const) {
        expect(isOpenAt(hours, at(time)), time).to.equal(isOpen);
      }
      const sunday: OpeningHours = openingHoursSchema.parse({ time_zone: "UTC", sunday: "23:00-01:00" });
      expect(isOpenAt(sunday, at("2026-01-05T00:30Z"))).to.equal(true);
    });

    it("says when somebody is there next", () => {
      expect(nextOpening(hours, at("2026-01-05T11:30Z"), "en")).to.match(/Monday.*14:00/);
      expect(nextOpening(hours, at("2026-01-05T18:00Z"), "en")).to.match(/Friday.*22:00/);
      expect(nextOpening(hours, at("2026-01-10T12:00Z"), "fr")).to.match(/lundi.*09:00/);
      expect(nextOpening({ timeZone: "UTC", intervals: [] }, 0, "en")).to.equal(undefined);
    });

    it("is told when somebody is back, and the bot goes on answering", async () => {
      const person = { ...empty.content.bot.person, hours };
      const closed = { ...empty.content, bot: { ...empty.content.bot, person } };
      const clock = new FakeClock(at("2026-01-05T18:00Z"));
      scene = new Scene(empty.db, closed, { clock });
      await scene.press(ANN, "person:ask");
      expect(scene.last(ANN.id)).to.match(/Nobody from the team is there.*Friday.*22:00.*Europe\/Paris/);
      expect(await openCount()).to.equal(0);
      await scene.say(ANN, "How do condoms work?");
      expect(scene.questions).to.deep.equal(["How do condoms work?"]);
    });
  });
});

describe("/end without a reply in the operators' chat", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });

  const end = () => scene.say(OPERATOR, "/end", OPERATORS);

  it("ends the only open hand-over, and says the same when it is repeated", async () => {
    await scene.press(ANN, "person:ask");
    const command = scene.message(OPERATOR, { text: "/end" }, OPERATORS);
    for (let time = 0; time < 2; time += 1) await scene.handle(command, 2);
    expect(scene.last(OPERATORS.id)).to.equal(
      "The conversation with #1 Ann has ended, and the bot answers again.",
    );
    expect(scene.last(ANN.id)).to.match(/has ended/);
  });

  it("asks which of several, and ends the one that is chosen", async () => {
    await scene.press(ANN, "person:ask");
    await scene.press(BEN, "person:ask");
    await end();
    expect(scene.buttons(OPERATORS.id).map(({ text }) => text)).to.deep.equal(["#2 Ben", "#1 Ann"]);
    await scene.pressLabel(OPERATOR, /#1 Ann/, OPERATORS);
    expect(scene.last(OPERATORS.id)).to.match(/with #1 Ann has ended/);
    await end();
    expect(scene.last(OPERATORS.id)).to.match(/with #2 Ben has ended/);
  });

  it("is never met with silence", async () => {
    await end();
    expect(scene.last(OPERATORS.id)).to.equal("No conversation with a person is open.");
  });
});
