import { expect } from "chai";
import type { Question } from "../../../lib/answers/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { withoutOnboarding } from "../../support/sample.ts";
import { ANN, BOT, GROUP, Talk } from "../talk.ts";

const BEN = { id: 200, is_bot: false, first_name: "Ben" };
const CLAIM = "You cannot get pregnant during your period";
const PHOTO = [{ file_id: "photo", width: 1, height: 1 }];

describe("What a question refers to", () => {
  const empty = useEmptyDatabase(withoutOnboarding);
  let talk: Talk;

  beforeEach(() => {
    talk = new Talk(empty.db, empty.content);
    talk.chat = GROUP;
  });

  /** The question that reaches the model when Ann says this in reply to a message. */
  async function asked(text: string, replied: object, fields: object = {}): Promise<Partial<Question>> {
    const reply_to_message = { message_id: 60, date: 1, chat: GROUP, from: BEN, ...replied };
    await talk.say(text, { reply_to_message, ...fields });
    return talk.questions.at(-1) ?? {};
  }

  it("is the message of somebody else that it replies to, as somebody else's words", async () => {
    expect(await asked("@helpline_bot is this true?", { text: CLAIM })).to.deep.include({
      text: "is this true?",
      quoted: { from: "somebody", text: CLAIM },
    });
    expect(await asked("/ask is it?", { text: CLAIM })).to.deep.include({
      quoted: { from: "somebody", text: CLAIM },
    });
  });

  it("is the part that was quoted, of an answer too", async () => {
    const replied = { from: { id: BOT.id, is_bot: true, first_name: "Helpline" }, text: "One. Two. Three." };
    const quote = { text: "Two.", position: 5 };
    expect((await asked("why?", replied, { quote })).quoted).to.deep.equal({ from: "bot", text: "Two." });
  });

  it("is an earlier message of the same person", async () => {
    const { quoted } = await asked("@helpline_bot and this?", { from: ANN, text: "It hurts" });
    expect(quoted).to.deep.equal({ from: "asker", text: "It hurts" });
  });

  it("is the question itself when the bot is only mentioned below it", async () => {
    expect(await asked("@helpline_bot", { text: "Can I take two pills?" })).to.deep.include({
      text: "Can I take two pills?",
      isBySomebodyElse: true,
    });
    talk.checkRisk = (text) => (/harm/.test(text) ? { id: "self-harm", help: "Call somebody." } : null);
    await asked("@helpline_bot", { text: "I want to harm myself" });
    expect(talk.texts).to.include("Call somebody.");
  });

  it("is the photo that it replies to, with its caption", async () => {
    talk.files.add("photo");
    const question = await asked("@helpline_bot what is this?", { photo: PHOTO, caption: "My rash" });
    expect(question).to.deep.include({
      text: "what is this?",
      quoted: { from: "somebody", text: "My rash" },
    });
    expect(question.attachments).to.have.length(1);
    expect((await asked("@helpline_bot", { photo: PHOTO })).attachments).to.have.length(1);
  });

  it("is nothing where a mention stands alone: that asks for help", async () => {
    await talk.say("@helpline_bot");
    expect(talk.questions).to.deep.equal([]);
    expect(talk.texts[0]).to.match(/^How to ask/);
  });

  it("is somebody else's message that was forwarded", async () => {
    talk.chat = { id: ANN.id, type: "private", first_name: "Ann" };
    const forward_origin = { type: "hidden_user", date: 1, sender_user_name: "Ben" };
    await talk.say(CLAIM, { forward_origin });
    expect(talk.questions.at(-1)).to.deep.include({ text: CLAIM, isBySomebodyElse: true });
  });
});
