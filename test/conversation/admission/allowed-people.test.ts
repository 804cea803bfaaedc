import { expect } from "chai";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { ANN, BEN, GROUP, OPERATOR, Scene } from "../scene.ts";

describe("a bot for invited people", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content, { allowedUserIds: [ANN.id] });
  });

  it("answers them and its operators", async () => {
    await scene.say(ANN, "How?");
    await scene.say(OPERATOR, "And how?");
    expect(scene.questions).to.deep.equal(["How?", "And how?"]);
  });

  it("tells a stranger once, with their id, and keeps nothing about them", async () => {
    const first = scene.message(BEN, { text: "How?" });
    await scene.handle(first, 1);
    await scene.handle(first, 1);
    await scene.say(BEN, "/start");
    await scene.press(BEN, "person:ask");
    expect(scene.texts(BEN.id)).to.have.lengthOf(1);
    expect(scene.last(BEN.id)).to.match(/only for people who were invited.*200\.$/);
    expect(scene.questions).to.deep.equal([]);
    for (const name of ["people", "sessions", "messages"])
      expect(await scene.collection(name).countDocuments(), name).to.equal(0);
  });

  it("does not hear strangers in a group", async () => {
    await scene.say(BEN, "@helpline_bot how?", GROUP);
    expect(scene.telegram.calls).to.deep.equal([]);
    await scene.say(ANN, "@helpline_bot how?", GROUP);
    expect(scene.questions).to.deep.equal(["how?"]);
  });

  it("lets strangers see and erase what is stored about them", async () => {
    await scene.say(BEN, "/mydata");
    expect(scene.last(BEN.id)).not.to.match(/invited/);
  });
});
