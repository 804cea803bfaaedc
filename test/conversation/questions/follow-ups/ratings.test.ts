import { expect } from "chai";
import { isMilestone } from "../../../../lib/conversation/questions/follow-ups/ratings.ts";
import { useEmptyDatabase } from "../../../support/empty-database.ts";
import { ANN, BEN, GROUP, Scene } from "../../scene.ts";

describe("ratings", () => {
  const empty = useEmptyDatabase((sample) => {
    const { onboarding: _onboarding, ...bot } = sample.bot;
    const feedback = { milestones: [5, 10, 20, 40], thumbs: true };
    return { ...sample, bot: { ...bot, feedback } };
  });
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });

  const feedback = () => scene.collection("feedback").find().sort({ _id: 1 }).toArray();

  it("come as thumbs under each answer, and mark the one that was pressed", async () => {
    await scene.say(ANN, "How?");
    expect(scene.buttons(ANN.id).map(({ text }) => text)).to.deep.equal(["👍", "👎"]);
    await scene.pressLabel(ANN, /👍/);
    expect(scene.buttons(ANN.id).map(({ text }) => text)).to.deep.equal(["👍 ✓", "👎", "Say why"]);
  });

  it("change when given twice, and are never added, replays included", async () => {
    await scene.say(ANN, "How?");
    await scene.pressLabel(ANN, /👍/);
    const press = scene.pressUpdate(ANN, "rate:1:down");
    await scene.handle(press, 5);
    await scene.handle(press, 5);
    expect(await feedback()).to.have.length(1);
    expect((await feedback())[0]).to.include({ thumb: "down", answerSeq: 1, telegramUserId: ANN.id });
  });

  it("take a comment by when it was written, though the bot was away when it came", async () => {
    await scene.say(ANN, "How?");
    await scene.pressLabel(ANN, /👎/);
    await scene.pressLabel(ANN, /why/);
    const comment = scene.message(ANN, { text: "Too long", date: scene.clock.now() / 1000 + 14 * 60 });
    const question = scene.message(ANN, { text: "And when?", date: scene.clock.now() / 1000 + 90 * 60 });
    await scene.clock.advance(10 * 3_600_000);
    await scene.handle(comment);
    await scene.handle(question);
    expect((await feedback())[0]).to.include({ thumb: "down", comment: "Too long" });
    expect(scene.questions).to.deep.equal(["How?", "And when?"]);
  });

  it("are asked for at the 5th and the 10th question, and then at doubled numbers", async () => {
    const asked: number[] = [];
    for (let question = 1; question <= 11; question += 1) {
      await scene.say(ANN, `Question ${question}?`);
      await scene.clock.advance(10_000);
      if (/How helpful/.test(scene.last(ANN.id))) asked.push(question);
    }
    expect(asked).to.deep.equal([5, 10]);
    const more = Array.from({ length: 200 }, (_, index) => index + 1).filter((count) =>
      isMilestone(count, [5, 10, 20, 40]),
    );
    expect(more).to.deep.equal([5, 10, 20, 40, 80, 160]);
  });

  it("count a replayed question once", async () => {
    const question = scene.message(ANN, { text: "How?" });
    for (let time = 0; time < 3; time += 1) await scene.handle(question, 1);
    expect(await scene.collection("people").findOne({})).to.include({ questions: 1 });
  });

  it("have four levels, one of which can be chosen and changed", async () => {
    for (let question = 1; question <= 5; question += 1) await scene.say(ANN, `Question ${question}?`);
    expect(scene.buttons(ANN.id)).to.have.length(4);
    await scene.pressLabel(ANN, /Quite/);
    await scene.pressLabel(ANN, /Very/);
    expect(scene.last(ANN.id)).to.match(/Your rating: 🤩 Very/);
    expect(await feedback()).to.have.length(1);
    expect((await feedback())[0]).to.include({ rating: 4 });
  });

  it("take the next message as a comment once the person asks to say why, and only that one", async () => {
    await scene.say(ANN, "How?");
    await scene.pressLabel(ANN, /👎/);
    await scene.pressLabel(ANN, /Say why/);
    const comment = scene.message(ANN, { text: "It was too long." });
    await scene.handle(comment, 10);
    await scene.handle(comment, 10);
    expect(scene.last(ANN.id)).to.match(/If it was a new question, send it once more/);
    await scene.say(ANN, "And why?");
    expect(scene.questions).to.deep.equal(["How?", "And why?"]);
    expect((await feedback())[0]).to.include({ thumb: "down", comment: "It was too long." });
  });

  it("do not get in the way of the next question when the person declines or waits too long", async () => {
    await scene.say(ANN, "How?");
    await scene.pressLabel(ANN, /👎/);
    await scene.pressLabel(ANN, /Say why/);
    await scene.pressLabel(ANN, /Never mind/);
    await scene.say(ANN, "And why?");
    await scene.press(ANN, "rate:1:why");
    expect(scene.last(ANN.id)).to.match(/in your next message, within 15 minutes/);
    await scene.clock.advance(16 * 60_000);
    await scene.say(ANN, "And when?");
    expect(scene.questions).to.deep.equal(["How?", "And why?", "And when?"]);
  });

  it("are each person's own in a group, where the buttons show how many there are", async () => {
    await scene.say(ANN, "@helpline_bot how?", GROUP);
    await scene.press(ANN, "rate:1:up", GROUP);
    await scene.press(BEN, "rate:1:up", GROUP);
    await scene.press(BEN, "rate:1:down", GROUP);
    expect(scene.buttons(GROUP.id).map(({ text }) => text)).to.deep.equal(["👍 1", "👎 1"]);
    expect(await feedback()).to.have.length(2);
  });

  it("count only for answers the person got, whatever a forged button says", async () => {
    await scene.say(BEN, "Why?");
    for (const data of ["rate:1:up", "rate:99:up", "rate:1:4", "rate:1:why"]) await scene.press(ANN, data);
    expect(await scene.collection("feedback").countDocuments()).to.equal(0);
    await scene.say(ANN, "That was bad");
    expect(scene.questions.at(-1)).to.equal("That was bad");
    await scene.press(BEN, "rate:1:up");
    expect(await scene.collection("feedback").countDocuments()).to.equal(1);
  });

  it("count for any answer of a group, from everyone in it, and for no private one", async () => {
    await scene.say(BEN, "@helpline_bot why?", GROUP);
    await scene.say(BEN, "And how?");
    await scene.press(ANN, "rate:1:up", GROUP);
    await scene.press(ANN, "rate:2:up", GROUP);
    expect(await scene.collection("feedback").distinct("answerSeq")).to.deep.equal([1]);
  });

  it("count for no answer of another group, whatever a forged button says", async () => {
    await scene.say(BEN, "@helpline_bot why?", GROUP);
    const other = { ...GROUP, id: -6 };
    for (const what of ["up", "down"]) await scene.press(ANN, `rate:1:${what}`, other);
    expect(await scene.collection("feedback").countDocuments()).to.equal(0);
    expect(scene.last(other.id)).to.match(/belongs to an earlier step/);
    await scene.press(ANN, "rate:1:up", GROUP);
    expect(await scene.collection("feedback").countDocuments()).to.equal(1);
  });
});
