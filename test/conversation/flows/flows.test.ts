import { expect } from "chai";
import type { Content } from "../../../lib/content/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { MODEL_ANSWER, Talk } from "../talk.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("flows", () => {
  const empty = useEmptyDatabase();
  let talk: Talk;

  beforeEach(() => {
    talk = new Talk(empty.db, empty.content);
  });

  const person = () => empty.db.collection("people").findOne({ _id: 100 as never });

  it("lead new people through onboarding, and save their answers", async () => {
    await talk.say("/start");
    expect(talk.texts.join("\n")).to.match(/Nice to meet you/);
    await talk.tap("English");
    await talk.tap("18 or over");
    await talk.tap("Skip");
    expect(talk.last.text).to.match(/Write me your question/);
    expect(await person()).to.deep.include({ language: "en", ageGroup: "18-or-over" });
    expect(await person()).not.to.have.property("topic");
    await talk.say("/start");
    expect(talk.texts.filter((text) => /Nice to meet you/.test(text))).to.have.length(1);
  });

  it("switch to the chosen language, including the menu", async () => {
    await talk.say("/start");
    await talk.tap("Français");
    expect(talk.last.text).to.match(/Quel âge avez-vous/);
    const menu = talk.bubbles.find(({ text }) => text === empty.content.translate("fr", "language.set"));
    expect(menu?.buttons.map(({ text }) => text)).to.include(empty.content.translate("fr", "menu.topics"));
    await talk.say("📚 Topics");
    expect(talk.last.text).to.equal(empty.content.translate("fr", "topics.title"));
  });

  it("replace the buttons of an answered question with the choice", async () => {
    await talk.say("/start");
    const { id } = talk.last;
    await talk.tap("English");
    const question = talk.bubbles.find((bubble) => bubble.id === id);
    expect(question?.text).to.match(/✓ English$/);
    expect(question?.buttons).to.deep.equal([]);
  });

  it("answer a question asked in between, and ask again", async () => {
    await talk.say("/start");
    await talk.tap("English");
    await talk.say("How do I use a condom?");
    expect(talk.questions.map(({ text }) => text)).to.deep.equal(["How do I use a condom?"]);
    expect(talk.texts.at(-2)).to.match(/Use a new one/);
    expect(talk.last.text).to.match(/How old are you/);
    await talk.say("18 OR over");
    expect(await person()).to.include({ ageGroup: "18-or-over" });
  });

  it("offer onboarding once, after the first question", async () => {
    await talk.say("How do I use a condom?");
    expect(talk.last.text).to.match(/few quick questions/);
    await talk.say("And then?");
    expect(talk.texts.filter((text) => /few quick questions/.test(text))).to.have.length(1);
    await talk.tap("Begin");
    expect(talk.texts.join("\n")).to.match(/Nice to meet you/);
  });

  it("go back to the previous step, and forget its answer", async () => {
    await talk.say("/start");
    await talk.tap("English");
    await talk.tap("Under 18");
    await talk.tap("Back");
    expect(talk.last.text).to.match(/How old are you/);
    await talk.tap("18 or over");
    expect(await person()).to.include({ ageGroup: "18-or-over" });
  });

  it("stop when they are cancelled, and continue where they stopped", async () => {
    await talk.say("/start");
    await talk.tap("English");
    await talk.say("/cancel");
    expect(talk.last.text).to.match(/stopped “Getting to know each other”/);
    await talk.say("How?");
    expect(talk.last.text).to.match(/Use a new one/);
    await talk.tap("Continue");
    expect(talk.last.text).to.match(/How old are you/);
  });

  it("ask nobody for their place or number where there is no team to hand over to", async () => {
    talk.operators.chatId = undefined;
    await talk.handle(talk.press("begin:appointment"));
    for (let step = 0; step < 3; step += 1) await talk.tap("Skip");
    expect(talk.last.text).to.match(/something you are unsure about/);
  });

  it("end onboarding with the chosen topic", async () => {
    await talk.say("/start");
    for (const label of ["English", "Under 18", "Periods"]) await talk.tap(label);
    expect(talk.texts.at(-2)).to.match(/Write me your question/);
    expect(talk.last.buttons.map(({ text }) => text)).to.include("What happens during a cycle?");
  });

  it("are offered again after /new, and days later", async () => {
    await talk.say("/start");
    await talk.say("/new");
    expect(talk.last.buttons[0]?.text).to.match(/Continue/);
    await talk.tap("Continue");
    expect(talk.last.text).to.match(/Which language/);
    await talk.clock.advance(3 * DAY_MS);
    await talk.say("How?");
    expect(talk.last.text).to.match(/half-way/);
    await talk.say("And then?");
    expect(talk.last.text).to.match(/Use a new one/);
  });

  it("answer an old button with the pending question", async () => {
    await talk.say("/start");
    const old = talk.last;
    const data = old.buttons[0]?.callback_data ?? "";
    await talk.tap("English");
    await talk.handle(talk.press(data, old.id));
    expect(talk.texts.at(-2)).to.equal(empty.content.translate("en", "flow.moved_on"));
    expect(talk.last.text).to.match(/How old are you/);
    await talk.tap("18 or over");
    await talk.tap("Skip");
    await talk.handle(talk.press(data, old.id));
    expect(talk.last.text).to.match(/is over/);
    expect(talk.last.buttons[0]?.text).to.match(/Begin/);
  });

  it("continue after an edit of the content, and start over when it removed the step", async () => {
    await talk.say("/start");
    await talk.tap("English");
    const ageData = talk.last.buttons[0]?.callback_data ?? "";
    const welcome = empty.content.flows.welcome;
    if (!welcome) throw new Error("the sample has no welcome flow");
    const edited = {
      ...empty.content,
      flows: { ...empty.content.flows, welcome: { ...welcome, version: "abcdef" } },
    };
    const later = new Talk(empty.db, edited);
    later.seq = talk.seq;
    await later.handle(later.press(ageData));
    expect(later.last.text).to.match(/How old are you/);
    await later.tap("18 or over");
    expect(later.last.text).to.match(/topic you would like/);

    const { interest: _interest, ...nodes } = welcome.nodes;
    const without = new Talk(empty.db, { ...empty.content, flows: { welcome: { ...welcome, nodes } } });
    without.seq = later.seq;
    await without.say("/start");
    expect(without.texts[1]).to.match(/has been changed/);
    expect(without.last.text).to.match(/Which language/);

    const gone = new Talk(empty.db, { ...empty.content, flows: {} });
    gone.seq = without.seq;
    await gone.handle(gone.press(ageData));
    expect(gone.last.text).to.match(/no longer exists/);
  });

  it("ask for numbers, dates, locations and contacts, retry, and restore the menu", async () => {
    await talk.handle(talk.press("begin:appointment"));
    expect(talk.last.text).to.match(/When is the appointment/);
    await talk.say("1.1.2020");
    expect(talk.last.text).to.match(/from today on/);
    await talk.say("31.12.2026");
    expect(talk.last.text).to.match(/days/);
    await talk.say("-4");
    expect(talk.last.text).to.equal(empty.content.translate("en", "flow.retry_number"));
    await talk.say("9");
    expect(talk.texts.join("\n")).to.match(/pregnancy test from the pharmacy/);
    await talk.say("Ann");
    expect(await person()).to.include({ name: "Ann" });
    expect(talk.last.buttons[0]).to.include({ request_location: true });
    await talk.handle(talk.message({ location: { latitude: 1.5, longitude: 2 } }));
    const menu = talk.bubbles.findLast(({ text }) => text === empty.content.translate("en", "flow.noted"));
    expect(menu?.buttons.map(({ text }) => text)).to.include(empty.content.translate("en", "menu.help"));
    expect(talk.last.buttons[0]).to.include({ request_contact: true });
    await talk.say("Skip");
    expect(talk.last.text).not.to.match(/phone/);
  });

  it("do not read forwarded messages or stickers as answers", async () => {
    await talk.handle(talk.press("begin:appointment"));
    for (let skipped = 0; skipped < 2; skipped += 1) await talk.tap("Skip");
    expect(talk.last.text).to.match(/What may I call you/);
    await talk.say("A forwarded thought", { forward_origin: { type: "hidden_user" } });
    expect(talk.questions.map(({ text }) => text)).to.deep.equal(["A forwarded thought"]);
    await talk.handle(talk.message({ sticker: {} }));
    expect(talk.last.text).to.match(/stickers/);
    await talk.say("Ann");
    expect(await person()).to.include({ name: "Ann" });
  });

  describe("that ask the assistant twice in a row", () => {
    const question = (en: string) => ({ do: "ask" as const, question: { en, fr: en } });
    const twice: Content["flows"][string] = {
      id: "twice",
      version: "aaaaaa",
      title: { en: "Twice", fr: "Deux fois" },
      start: "one",
      nodes: {
        one: { kind: "act", action: question("One?"), next: "two" },
        two: { kind: "act", action: question("Two?"), next: "over" },
        over: { kind: "end", media: [] },
      },
    };

    beforeEach(() => {
      talk = new Talk(empty.db, { ...empty.content, flows: { twice } });
    });

    it("do not replace one answer with the other", async () => {
      talk.answer = async (asked) => {
        asked.onWaiting?.({ place: 3, estimatedMs: 9_000 });
        return MODEL_ANSWER;
      };
      await talk.handle(talk.press("begin:twice"));
      expect(talk.waits).to.have.length(1);
      expect(talk.sends.map(({ edits }) => edits)).to.deep.equal(["1:0", undefined]);
    });

    it("keep the first answer when the process dies during the second", async () => {
      let isDying = true;
      talk.answer = async ({ text, onWaiting, onText }) => {
        if (text === "One?") onWaiting?.({ place: 3, estimatedMs: 9_000 });
        else if (isDying) throw new Error("killed");
        else onText?.("It begins");
        return MODEL_ANSWER;
      };
      const press = talk.press("begin:twice");
      await talk.handle(press, 1).catch(() => {});
      isDying = false;
      talk.restart();
      await talk.handle(press, 1);
      expect(talk.shown.join()).to.include("It begins");
      const said = talk.texts.map((text) => text.split("\n\n").slice(0, 2).join(" "));
      expect(said).to.deep.equal(["One? Use a new one each time.", "Two? Use a new one each time."]);
    });
  });

  it("pass everything to the operators, however many messages come first", async () => {
    const says = Array.from(
      { length: 48 },
      (_, index): [string, Content["flows"][string]["nodes"][string]] => [
        `say${index}`,
        {
          kind: "say",
          text: { en: `Line ${index}`, fr: `Ligne ${index}` },
          media: [],
          next: `say${index + 1}`,
        },
      ],
    );
    const chatty: Content["flows"][string] = {
      id: "chatty",
      version: "aaaaaa",
      title: { en: "Chatty", fr: "Bavard" },
      start: "say0",
      nodes: {
        ...Object.fromEntries(says),
        say48: { kind: "act", action: { do: "hand-over" }, next: "over" },
        over: { kind: "end", media: [] },
      },
    };
    talk = new Talk(empty.db, { ...empty.content, flows: { chatty } });
    await talk.handle(talk.press("begin:chatty"));
    expect(talk.texts).to.have.length(49);
    expect(talk.sends.filter(({ chatId }) => chatId === talk.operators.chatId)).to.have.length(1);
  });

  it("hand over to the operators with the answers so far", async () => {
    await talk.handle(talk.press("begin:appointment"));
    await talk.say("2026-12-31");
    for (let skipped = 0; skipped < 2; skipped += 1) await talk.tap("Skip");
    await talk.handle(talk.message({ location: { latitude: 1.5, longitude: 2 } }));
    for (const label of ["Skip", "Skip"]) await talk.say(label);
    await talk.tap("No thanks");
    const request = talk.sends.find(({ chatId }) => chatId === talk.operators.chatId);
    expect(String(request?.params.text)).to.match(
      /Looks for a place[\s\S]*date: 2026-12-31[\s\S]*place: 1\.5,2/,
    );
    expect(talk.last.text).to.match(/All the best/);
  });

  it("change nothing when an update is repeated", async () => {
    await talk.say("/start");
    const press = talk.press(talk.last.buttons[0]?.callback_data ?? "", talk.last.id);
    await talk.handle(press);
    const { seq } = talk;
    const before = structuredClone(talk.bubbles);
    const session = await empty.db.collection("sessions").findOne({});
    talk.restart();
    await talk.handle(press, seq);
    expect(talk.bubbles).to.deep.equal(before);
    expect(await empty.db.collection("sessions").findOne({})).to.deep.equal(session);
  });

  it("start over from the settings", async () => {
    await talk.say("/start");
    await talk.tap("English");
    await talk.say("/settings");
    await talk.tap("Start over");
    expect(talk.last.text).to.match(/Which language/);
  });

  it("do nothing in groups", async () => {
    talk.chat = { id: -5, type: "supergroup", title: "Class" };
    await talk.say("/start");
    expect(talk.texts.join()).not.to.match(/Nice to meet you/);
    await talk.handle(talk.press("begin:welcome"));
    expect(talk.last.text).to.match(/earlier step/);
  });
});
