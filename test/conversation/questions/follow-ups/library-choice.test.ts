import { expect } from "chai";
import type { LibraryAnswer, LibraryChoice } from "../../../../lib/answers/index.ts";
import { useEmptyDatabase } from "../../../support/empty-database.ts";
import { withoutOnboarding } from "../../../support/sample.ts";
import { Talk } from "../../talk.ts";

const CHOICE: LibraryChoice = {
  kind: "choice",
  why: "no-model",
  pages: [
    { pageId: "en/condoms", title: "Condoms", language: "en", passageId: "en/condoms#1" },
    { pageId: "en/hiv", title: "HIV", language: "en", passageId: "en/hiv#2" },
  ],
};

const CONDOMS: LibraryAnswer = {
  kind: "answer",
  origin: "library",
  text: "Condoms protect.",
  passages: [],
  sources: [{ pageId: "en/condoms", title: "Condoms", language: "en" }],
  why: "no-model",
};

describe("a choice of pages", () => {
  const empty = useEmptyDatabase(withoutOnboarding);
  let talk: Talk;

  beforeEach(async () => {
    talk = new Talk(empty.db, empty.content);
    talk.answer = async () => CHOICE;
    talk.passage = (id) => (id === "en/condoms#1" ? CONDOMS : null);
    await talk.say("protection");
  });

  it("is offered as a button for each page, and one for none of them", () => {
    expect(talk.last.text).to.include("Did you mean one of these?");
    expect(talk.last.buttons.map(({ text }) => text)).to.deep.equal(["Condoms", "HIV", "None of these"]);
  });

  it("shows the page that is tapped, with its source, and keeps it once as the answer", async () => {
    const [condoms] = talk.last.buttons;
    const tap = talk.press(condoms?.callback_data ?? "");
    await talk.handle(tap);
    expect(talk.last.text).to.include("Condoms protect.").and.include("Source: Condoms");
    talk.seq -= 1;
    await talk.handle(tap);
    const answers = await empty.db.collection("messages").find({ kind: "answer" }).toArray();
    expect(answers.map(({ text }) => text)).to.deep.equal(["Condoms protect."]);
  });

  it("leads on when none of the pages is right, and when the page is gone", async () => {
    const buttons = talk.last.buttons;
    await talk.handle(talk.press(buttons[2]?.callback_data ?? ""));
    expect(talk.last.text).to.match(/in other words/);
    const unanswered = await empty.db.collection("messages").find({ unanswered: "en" }).toArray();
    expect(unanswered.map(({ sender, choices }) => [sender, choices.length])).to.deep.equal([["bot", 2]]);
    await talk.handle(talk.press(buttons[1]?.callback_data ?? ""));
    expect(talk.last.text).to.match(/no longer in our library/);
  });

  for (const data of ["page:999999:0", "page:x:0", "page:1:7", "page:"]) {
    it(`says that the button ${data} is stale`, async () => {
      await talk.handle(talk.press(data));
      expect(talk.last.text).to.match(/no longer works/);
    });
  }

  it("is none where no page is in the person's language, and the reply names those there are", async () => {
    talk.answer = async () => ({ kind: "nothing-found", why: "no-model", otherLanguages: ["fr", "de"] });
    await talk.say("how do I put on a condom");
    expect(talk.last.text).to.include("no pages in English yet").and.include("Français, Deutsch");
  });
});
