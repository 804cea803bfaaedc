import { expect } from "chai";
import type { Content } from "../../../lib/content/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { GROUP, Talk } from "../talk.ts";

describe("menu, topics and settings", () => {
  const empty = useEmptyDatabase();
  let talk: Talk;

  beforeEach(() => {
    talk = new Talk(empty.db, empty.content);
  });

  const person = () => empty.db.collection("people").findOne({ _id: 100 as never });

  it("answer each button of the menu, in any language", async () => {
    for (const language of empty.content.bot.languages) {
      for (const item of empty.content.bot.menu.flat()) {
        const said = talk.bubbles.length;
        await talk.say(empty.content.translate(language, `menu.${item}`));
        expect(talk.bubbles.length, item).to.be.greaterThan(said);
      }
    }
    expect(talk.questions).to.deep.equal([]);
  });

  it("invite a question in one message, with examples", async () => {
    await talk.say(empty.content.translate("en", "menu.ask"));
    expect(talk.texts).to.deep.equal([empty.content.translate("en", "start.suggestions")]);
    expect(talk.last.buttons.map(({ text }) => text)).to.deep.equal(empty.content.bot.suggestions.en);
  });

  it("browse the topics in one message, down to an answer and back", async () => {
    await talk.say("/topics");
    const { id } = talk.last;
    const [topic] = empty.content.topics;
    if (!topic) throw new Error("the sample has no topics");
    await talk.tap(topic.title.en ?? "");
    expect(talk.last.id).to.equal(id);
    expect(talk.last.text).to.contain(topic.title.en);
    await talk.tap("Back");
    expect(talk.last.text).to.equal(empty.content.translate("en", "topics.title"));
  });

  it("reach every topic and every answer", async () => {
    const pressable = new Set<string>();
    const seen = new Set<string>();
    await talk.say("/topics");
    const collect = (): void => {
      for (const { buttons } of talk.bubbles) {
        for (const { callback_data: data } of buttons) if (data !== undefined) pressable.add(data);
      }
    };
    for (collect(); [...pressable].some((data) => !seen.has(data)); collect()) {
      const data = [...pressable].find((known) => !seen.has(known)) ?? "";
      seen.add(data);
      if (/^(topic|faq):/.test(data)) await talk.handle(talk.press(data, talk.last.id));
    }
    const walk = (topics: Content["topics"]): string[] =>
      topics.flatMap(({ id, topics: below, entries }) => [
        `topic:${id}`,
        ...entries.map((entry) => `faq:${entry.id}`),
        ...walk(below),
      ]);
    expect([...seen]).to.include.members(walk(empty.content.topics));
    expect(talk.texts.join()).not.to.match(/earlier step/);
  });

  it("send an answer with its media", async () => {
    const entries = (topics: Content["topics"]): Content["topics"][number]["entries"][number][] =>
      topics.flatMap((topic) => [...topic.entries, ...entries(topic.topics)]);
    const entry = entries(empty.content.topics).find(({ media }) => media.length > 0);
    await talk.handle(talk.press(`faq:${entry?.id}`));
    expect(talk.sends[0]?.method).to.match(/^send(Photo|Video|Audio|Voice|Document|Animation|MediaGroup)$/);
  });

  it("reply to the button of a deleted topic", async () => {
    await talk.handle(talk.press("topic:nowhere"));
    await talk.handle(talk.press("faq:constructor"));
    expect(talk.texts).to.have.length(2);
  });

  it("change language and age in one message, and remove the age", async () => {
    await talk.say("/settings");
    const { id } = talk.last;
    await talk.tap("Age range");
    await talk.tap("Under 18");
    expect(await person()).to.include({ ageGroup: "under-18" });
    await talk.tap("Age range");
    await talk.tap("Rather not say");
    expect(await person()).not.to.have.property("ageGroup");
    await talk.tap("Language");
    await talk.tap("Français");
    expect(talk.bubbles.find((bubble) => bubble.id === id)?.text).to.match(/Réglages/);
    await talk.say("/help");
    expect(talk.last.text).to.match(/Comment/);
  });

  it("keep settings out of groups", async () => {
    talk.chat = GROUP;
    await talk.say("/settings");
    expect(talk.last.text).to.equal(empty.content.translate("en", "settings.private_only"));
    await talk.handle(talk.press("set:language:fr"));
    expect(await person()).to.equal(null);
  });

  it("end the session with /stop, and answer people who return", async () => {
    await talk.say("One?");
    await talk.say("/stop");
    expect(talk.last.text).to.match(/Goodbye/);
    await talk.say("Two?");
    expect(talk.questions[1]?.history).to.deep.equal([]);
  });

  it("reply to messages without a question", async () => {
    for (const fields of [{ sticker: {} }, { dice: {} }, { location: {} }, { contact: {} }, { poll: {} }]) {
      const said = talk.bubbles.length;
      await talk.handle(talk.message(fields));
      expect(talk.bubbles.length).to.equal(said + 1);
    }
    expect(new Set(talk.texts)).to.have.property("size", 5);
  });

  it("allow three times as many taps as messages", async () => {
    for (let press = 1; press <= 60; press += 1) await talk.handle(talk.press("topic:"));
    expect(talk.texts).not.to.include(empty.content.translate("en", "limits.too_fast"));
    await talk.handle(talk.press("topic:"));
    expect(talk.last.text).to.equal(empty.content.translate("en", "limits.too_fast"));
  });
});
