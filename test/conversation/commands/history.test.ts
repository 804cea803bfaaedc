import { expect } from "chai";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { ANN, BEN, GROUP, Scene } from "../scene.ts";

describe("/history", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });

  it("shows a person's questions and answers, newest first, unformatted", async () => {
    await scene.say(BEN, "Ben's?");
    await scene.say(ANN, "What is *this* _?");
    await scene.clock.advance(1_000);
    await scene.say(ANN, "Second?");
    await scene.say(ANN, "/history");
    expect(scene.last(ANN.id)).to.equal(
      "Your questions\n\n2026-01-01 Second?\n→ An answer.\n\n2026-01-01 What is *this* _?\n→ An answer.",
    );
  });

  it("turns pages by editing its message", async () => {
    for (let question = 1; question <= 7; question += 1) {
      await scene.say(ANN, `Question ${question}?`);
      await scene.clock.advance(10_000);
    }
    await scene.say(ANN, "/history");
    const messages = scene.texts(ANN.id).length;
    await scene.pressLabel(ANN, /Older/);
    expect(scene.last(ANN.id)).to.match(/page 2 of 2[\s\S]*Question 2\?[\s\S]*Question 1\?/);
    await scene.pressLabel(ANN, /Newer/);
    expect(scene.last(ANN.id)).to.match(/page 1 of 2[\s\S]*Question 7\?/);
    expect(scene.texts(ANN.id)).to.have.length(messages);
  });

  it("fits a page into one message, however long the texts", async () => {
    scene.answer = async () => ({
      kind: "answer",
      origin: "library",
      text: "**word** ".repeat(900),
      passages: [],
      sources: [],
      why: "no-model",
    });
    for (let question = 1; question <= 5; question += 1) await scene.say(ANN, "*🙂_".repeat(1_000));
    const before = scene.texts(ANN.id).length;
    await scene.say(ANN, "/history");
    expect(scene.texts(ANN.id)).to.have.length(before + 1);
    expect(scene.last(ANN.id).length).to.be.lessThan(4096);
  });

  it("works in private chats only", async () => {
    await scene.say(ANN, "@helpline_bot how?", GROUP);
    await scene.say(ANN, "/history", GROUP);
    expect(scene.last(GROUP.id)).to.match(/write to me directly/);
  });

  it("says so when there is nothing yet", async () => {
    await scene.say(ANN, "/history");
    expect(scene.last(ANN.id)).to.match(/no questions of yours/);
  });
});
