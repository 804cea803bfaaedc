import { expect } from "chai";
import type { Update } from "../../../lib/telegram/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { withoutOnboarding } from "../../support/sample.ts";
import { MODEL_ANSWER, Talk } from "../talk.ts";

const CLAIM = "You cannot get pregnant during your period";
const FORWARDED = { forward_origin: { type: "hidden_user", date: 1, sender_user_name: "Ben" } };
const PHOTO = [{ file_id: "photo", file_unique_id: "p", width: 9, height: 9 }];

describe("A forwarded message with a comment, which come as two", () => {
  const empty = useEmptyDatabase(withoutOnboarding);
  let talk: Talk;
  let sentAt: number;

  beforeEach(() => {
    talk = new Talk(empty.db, empty.content);
    sentAt = talk.clock.now() / 1000;
  });

  const comment = (date = sentAt): Update => talk.message({ text: "is this true?", date });
  const forward = (fields: object = { text: CLAIM }): Update =>
    talk.message({ ...FORWARDED, date: sentAt, ...fields });

  async function bothArrive(...updates: Update[]): Promise<void> {
    for (const [index, update] of updates.entries()) talk.arrive(update, index + 1);
    for (const [index, update] of updates.entries()) await talk.turn(update, index + 1);
  }

  const TOGETHER = { text: "is this true?", quoted: { from: "somebody", text: CLAIM } };

  it("is one question, with somebody else's words, and gets one answer", async () => {
    await bothArrive(comment(), forward());
    expect(talk.questions).to.have.lengthOf(1);
    expect(talk.questions[0]).to.deep.include(TOGETHER);
    expect(talk.questions[0]).not.to.have.property("isBySomebodyElse");
    expect(talk.questions[0]?.history).to.deep.equal([]);
    expect(talk.texts).to.have.lengthOf(1);
  });

  it("is one question when the forward arrives while the comment is being answered", async () => {
    const [first, second] = [comment(), forward()];
    talk.answer = async ({ signal }) => {
      talk.answer = async () => MODEL_ANSWER;
      talk.arrive(second, 2);
      signal?.throwIfAborted();
      return { ...MODEL_ANSWER, text: "What do you mean?" };
    };
    talk.arrive(first, 1);
    await talk.turn(first, 1);
    await talk.turn(second, 2);
    expect(talk.questions.at(-1)).to.deep.include(TOGETHER);
    expect(talk.texts).to.have.lengthOf(1);
    expect(talk.last.text).to.match(/^Use a new one/);
  });

  it("is asked as a whole when the comment was answered already, which then no longer counts", async () => {
    await talk.handle(comment(), 1);
    const second = forward();
    await talk.handle(second, 2);
    expect(talk.questions.at(-1)).to.deep.include(TOGETHER);
    expect(talk.questions.at(-1)?.history).to.deep.equal([]);
    const before = structuredClone(talk.bubbles);
    talk.restart();
    await talk.handle(second, 2);
    expect(talk.bubbles).to.deep.equal(before);
  });

  it("is one question with a file and its caption, too", async () => {
    talk.files.add("photo");
    await bothArrive(comment(), forward({ photo: PHOTO, caption: CLAIM }));
    expect(talk.questions).to.have.lengthOf(1);
    expect(talk.questions[0]).to.deep.include(TOGETHER);
    expect(talk.questions[0]?.attachments).to.have.lengthOf(1);
  });

  const apart: [string, () => [Update, Update]][] = [
    ["written long before", () => [comment(sentAt - 60), forward()]],
    ["itself forwarded", () => [forward({ text: "is this true?" }), forward()]],
  ];
  for (const [name, pair] of apart) {
    it(`is not joined with a message that was ${name}`, async () => {
      await bothArrive(...pair());
      expect(talk.questions.map(({ text }) => text)).to.deep.equal(["is this true?", CLAIM]);
      expect(talk.questions[1]).to.deep.include({ isBySomebodyElse: true });
    });
  }

  it("leaves the comment its own answer when nobody can read what was forwarded", async () => {
    await bothArrive(comment(), forward({ sticker: { file_id: "s" } }));
    expect(talk.questions.map(({ text }) => text)).to.deep.equal(["is this true?"]);
    expect(talk.texts).to.have.lengthOf(2);
  });
});
