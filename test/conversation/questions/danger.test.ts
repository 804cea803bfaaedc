import { expect } from "chai";
import type { Answer } from "../../../lib/answers/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { GROUP, MODEL_ANSWER, PRIVATE, Talk } from "../talk.ts";

const LIBRARY_ANSWER: Answer = {
  kind: "answer",
  origin: "library",
  text: "Attempts with herbs can kill.",
  passages: [],
  sources: [{ pageId: "pregnancy", title: "Pregnancy", language: "en" }],
  why: "no-model",
};

const PASSAGE = {
  id: "en/pregnancy#1",
  pageId: "en/pregnancy",
  language: "en",
  title: "Pregnancy",
  text: "Attempts with herbs can kill.",
};

describe("a message that sounds like danger", () => {
  const empty = useEmptyDatabase();
  let talk: Talk;

  beforeEach(() => {
    talk = new Talk(empty.db, empty.content);
    talk.checkRisk = (text) => (/kill/.test(text) ? { id: "self-harm", help: "Call somebody." } : null);
  });

  const labels = () => talk.bubbles.flatMap(({ buttons }) => buttons.map(({ text }) => text));

  it("gets the help and nothing below it where no model answers", async () => {
    for (const answer of [LIBRARY_ANSWER, { kind: "nothing-found", why: "no-model" } as const]) {
      talk.bubbles.length = 0;
      talk.answer = async () => answer;
      await talk.say("I want to kill myself");
      expect(talk.texts).to.deep.equal(["Call somebody."]);
    }
    await talk.say("/history");
    expect(talk.last.text).to.match(/I want to kill myself/);
    expect(talk.last.text).not.to.match(/→/);
  });

  it("is answered by the model below the help, without thumbs, a rating or a guide", async () => {
    for (let question = 1; question <= 5; question += 1) await talk.say("I want to kill myself");
    expect(new Set(talk.texts)).to.deep.equal(
      new Set(["Call somebody.", "Use a new one each time.\n\nSource: Condoms"]),
    );
    expect(
      labels().filter((label) => label !== empty.content.translate("en", "person.button")),
    ).to.deep.equal([]);
  });

  it("is followed by no guide either when only the model saw the danger", async () => {
    talk.answer = async () => ({ ...MODEL_ANSWER, risk: "violence" });
    await talk.say("He is coming");
    expect(talk.texts.slice(1)).to.deep.equal(["Help for violence"]);
  });

  it("leaves no waiting message behind", async () => {
    talk.answer = async (question) => {
      question.onWaiting?.({ place: 3, estimatedMs: 9_000 });
      return { ...LIBRARY_ANSWER, why: "model-failed" };
    };
    await talk.say("I want to kill myself");
    expect(talk.texts).to.deep.equal(["Call somebody.", empty.content.translate("en", "risk.no_answer")]);
  });

  it("is no answer in a guide, nor is the message after it", async () => {
    await talk.handle(talk.press("begin:appointment"));
    await talk.tap("Skip");
    await talk.tap("Skip");
    expect(talk.last.text).to.match(/What may I call you/);
    talk.answer = async () => LIBRARY_ANSWER;
    await talk.say("I want to kill myself");
    expect(talk.last.text).to.equal("Call somebody.");
    await talk.say("Nobody likes me");
    expect(talk.questions.map(({ text }) => text)).to.deep.equal([
      "I want to kill myself",
      "Nobody likes me",
    ]);
    await talk.tap("Skip");
    expect(talk.last.text).to.match(/look for a place near you/);
    expect(await empty.db.collection("people").findOne({ name: { $exists: true } })).to.equal(null);
  });

  it("is no comment on an answer", async () => {
    await talk.say("How?");
    await talk.tap("👍");
    await talk.handle(talk.press("rate:1:why"));
    await talk.say("I want to kill myself");
    expect(talk.texts).not.to.include(empty.content.translate("en", "rating.comment_saved"));
  });

  it("is answered with help also above the limit per minute, once a minute", async () => {
    const helps = () => talk.texts.filter((text) => text === "Call somebody.").length;
    for (let message = 1; message <= 22; message += 1) await talk.say(`word ${message}`);
    for (let message = 1; message <= 5; message += 1) await talk.say("I want to kill myself");
    expect(helps()).to.equal(1);
    await talk.clock.advance(61_000);
    for (let message = 1; message <= 20; message += 1) await talk.say(`word ${message}`);
    await talk.say("I want to kill myself");
    expect(helps()).to.equal(2);
    expect(talk.texts.at(-2)).to.equal(empty.content.translate("en", "limits.too_fast"));
  });

  it("offers the page that the library is sure of below the help, in case the question was about something else", async () => {
    talk.answer = async () => ({ ...LIBRARY_ANSWER, passages: [PASSAGE] });
    talk.passage = () => ({ ...LIBRARY_ANSWER, passages: [PASSAGE] });
    await talk.say("what kills germs");
    expect(talk.texts).to.deep.equal(["Call somebody.", empty.content.translate("en", "risk.pages")]);
    await talk.tap("Pregnancy");
    expect(talk.last.text).to.match(/Attempts with herbs can kill\./);
  });

  for (const [way, send] of [
    [
      "in a picture's caption",
      { photo: [{ file_id: "p", width: 1, height: 1 }], caption: "I want to kill myself" },
    ],
    [
      "in a message that is forwarded",
      { text: "I want to kill myself", forward_origin: { type: "hidden_user" } },
    ],
    ["after a command", { text: "/ask I want to kill myself" }],
  ] as const) {
    it(`gets the same help ${way}`, async () => {
      await talk.handle(talk.message(send));
      expect(talk.texts[0]).to.equal("Call somebody.");
    });
  }

  it("gets the same help when it comes with an edit", async () => {
    const first = talk.message({ text: "I want to learn" });
    await talk.handle(first);
    expect(talk.texts).not.to.include("Call somebody.");
    const edited_message = { ...first.message, text: "I want to kill myself" };
    await talk.handle(talk.update({ edited_message }));
    expect(talk.texts).to.include("Call somebody.");
  });

  it("gets the same help where the model heard it in a voice message", async () => {
    talk.answer = async () => ({ ...MODEL_ANSWER, risk: "self-harm" });
    talk.files.add("voice");
    await talk.handle(talk.message({ voice: { file_id: "voice", duration: 2, mime_type: "audio/ogg" } }));
    expect(talk.texts).to.include("Help for self-harm");
  });

  it("is answered with discretion where others read along, if the operator wrote words for that", async () => {
    talk.checkRisk = () => ({ id: "abuse", help: "All there is.", publicHelp: "Write to me directly." });
    talk.answer = async () => ({ ...LIBRARY_ANSWER, passages: [PASSAGE] });
    talk.chat = GROUP;
    await talk.say("@helpline_bot he hurts me");
    expect(talk.texts).to.deep.equal(["Write to me directly."]);
    talk.chat = PRIVATE;
    await talk.say("he hurts me");
    expect(talk.texts).to.include("All there is.");
  });
});
