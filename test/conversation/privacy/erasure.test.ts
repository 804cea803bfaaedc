import { expect } from "chai";
import { dataFiles } from "../../../lib/conversation/privacy/own-data.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { ANN, BEN, BOT, GROUP, OPERATOR, OPERATORS, Scene } from "../scene.ts";

const MINUTE_MS = 60_000;

describe("/mydata and /forget", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });
  afterEach(() => scene.conversation.stop());

  const messages = () => scene.collection("messages");
  const mark = () => scene.collection("erasures").findOne({});

  /** Where a person's id stands, other than on the mark that stays. */
  async function places(id: number): Promise<string[]> {
    const found: string[] = [];
    for (const { name } of await empty.db.listCollections().toArray()) {
      const documents = await scene.collection(name).find().toArray();
      const isThere = new RegExp(`(?<!\\d)${id}(?!\\d)`).test(JSON.stringify(documents));
      if (isThere && name !== "erasures") found.push(name);
    }
    return found;
  }

  async function forget(person = ANN): Promise<void> {
    await scene.say(person, "/forget");
    await scene.pressLabel(person, /Yes, erase/);
  }

  /** Lets the background finish, whatever it waits for. */
  async function finished(at: Scene = scene): Promise<void> {
    await at.until(async () => {
      await at.clock.advance(MINUTE_MS);
      return (await mark())?.isFinished === true;
    });
  }

  it("ask for confirmation before anything is erased", async () => {
    await scene.say(ANN, "How?");
    await scene.say(ANN, "/forget");
    await scene.pressLabel(ANN, /No, keep it/);
    expect(scene.last(ANN.id)).to.match(/nothing was erased/);
    expect(await messages().countDocuments()).to.equal(2);
  });

  it("work in private chats only", async () => {
    for (const command of ["/mydata", "/forget"]) {
      await scene.say(ANN, command, GROUP);
      expect(scene.last(GROUP.id)).to.match(/write to me directly/);
    }
    await scene.press(ANN, "forget:yes:1", GROUP);
    expect(await mark()).to.equal(null);
  });

  it("send the stored data as a readable file", async () => {
    await scene.say(ANN, "How?");
    await scene.say(ANN, "/mydata");
    const { method, params } = scene.telegram.calls.at(-1) ?? {};
    expect(method).to.equal("sendDocument");
    expect(JSON.stringify(params)).to.include("my-data.json");
  });

  it("split large data into files below the limit, and lose nothing", () => {
    const documents = Array.from({ length: 100 }, (_, _id) => ({ _id, text: "é".repeat(1_000) }));
    const files = dataFiles({ messages: documents, people: [{ _id: 1 }] }, 20_000);
    expect(files.length).to.be.greaterThan(5);
    for (const file of files) expect(Buffer.byteLength(file)).to.be.at.most(20_000);
    const read = files.map((file) => JSON.parse(file) as { messages?: { _id: number }[]; people?: object[] });
    expect(read.flatMap((file) => file.messages ?? []).map(({ _id }) => _id)).to.deep.equal(
      documents.map(({ _id }) => _id),
    );
    expect(read.flatMap((file) => file.people ?? [])).to.have.length(1);
  });

  it("erase what the person said in groups, and nothing of others", async () => {
    await scene.say(ANN, "@helpline_bot how?", GROUP);
    await scene.say(BEN, "@helpline_bot why?", GROUP);
    await forget();
    await finished();
    expect(await places(ANN.id)).to.deep.equal([]);
    expect(await messages().countDocuments({ telegramUserId: BEN.id })).to.equal(2);
    expect(await scene.collection("sessions").countDocuments({ chatKey: `chat:${GROUP.id}` })).to.equal(1);
  });

  it("keep nothing of an answer that was in progress in a group", async () => {
    let finish = (): void => {};
    const answered = new Promise<void>((resolve) => (finish = resolve));
    const { answer } = scene;
    scene.answer = async (question) => {
      await answered;
      return answer(question);
    };
    const late = scene.handle(scene.message(ANN, { text: "@helpline_bot how?" }, GROUP), 1);
    await scene.until(() => scene.questions.length === 1);
    scene.seq = 5;
    await forget();
    finish();
    await late;
    await finished();
    expect(await places(ANN.id)).to.deep.equal([]);
  });

  it("ignore updates sent before the erasure, and accept those sent after it", async () => {
    await scene.collection("updates").insertOne({ _id: "x", state: "done" } as never);
    scene.seq = 10;
    await forget();
    await scene.handle(scene.message(ANN, { text: "@helpline_bot late?" }, GROUP), 3);
    expect(scene.questions).to.deep.equal([]);
    await scene.say(ANN, "@helpline_bot new?", GROUP);
    await scene.say(ANN, "Hello again?");
    await finished();
    expect(scene.questions).to.deep.equal(["new?", "Hello again?"]);
    expect(await messages().countDocuments({ telegramUserId: ANN.id })).to.equal(4);
    expect(await scene.collection("people").findOne({})).to.include({ _id: ANN.id, questions: 1 });
  });

  it("erase late writes, even after a crash", async () => {
    await scene.say(ANN, "How?");
    await forget();
    await scene.conversation.stop();
    await messages().insertOne({ _id: "1:late", seq: 1, telegramUserId: ANN.id } as never);
    const restarted = new Scene(empty.db, empty.content, { clock: scene.clock });
    await restarted.conversation.start();
    await finished(restarted);
    await restarted.conversation.stop();
    expect(await places(ANN.id)).to.deep.equal([]);
  });

  it("do the same when the press is retried from any point", async () => {
    await scene.say(ANN, "How?");
    await scene.say(ANN, "/forget");
    const data = scene.buttons(ANN.id)[0]?.data ?? "";
    const press = scene.pressUpdate(ANN, data);
    for (let time = 0; time < 3; time += 1) await scene.handle(press, 3);
    await finished();
    expect(await places(ANN.id)).to.deep.equal([]);
    expect(scene.texts(ANN.id).filter((text) => /is erased/.test(text))).to.have.length(1);
  });

  it("wait for updates in progress, and keep settled ids from being accepted again", async () => {
    const updates = scene.collection("updates");
    const chatKey = `chat:${ANN.id}`;
    const base = { botId: BOT.id, chatKey, attempts: 1, receivedAt: new Date() };
    await updates.insertMany([
      { ...base, _id: "7:1", seq: 1, state: "done" },
      { ...base, _id: "7:2", seq: 2, state: "processing", chatKey: "chat:-5" },
      { ...base, _id: "8:3", seq: 2, state: "received", botId: 8, payload: "{}" },
    ] as never[]);
    scene.seq = 10;
    await forget();
    await scene.clock.advance(20 * MINUTE_MS);
    expect((await mark())?.isFinished).to.equal(false);
    await updates.updateOne({ _id: "7:2" as never }, { $set: { state: "done" } });
    await finished();
    expect(await places(ANN.id)).to.deep.equal([]);
    expect((await updates.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).to.deep.equal([
      "7:1",
      "7:2",
    ]);
  });

  it("work for banned people, who stay banned", async () => {
    await scene.say(ANN, "How?");
    await scene.say(OPERATOR, `/block ${ANN.id}`);
    for (const words of ["Why?", "Hello?"]) await scene.say(ANN, words);
    await scene.say(ANN, "/mydata");
    expect(scene.telegram.calls.at(-1)?.method).to.equal("sendDocument");
    await scene.say(ANN, "/forget");
    const press = scene.pressUpdate(ANN, scene.buttons(ANN.id)[0]?.data ?? "");
    for (let time = 0; time < 2; time += 1) await scene.handle(press, 50);
    expect(scene.last(ANN.id)).to.match(/is erased[\s\S]*without your name/);
    await finished();
    expect(await places(ANN.id)).to.deep.equal([]);

    const before = scene.texts(ANN.id).length;
    await scene.clock.advance(61_000);
    for (const words of ["Let me in", "/start", "/settings"]) await scene.say(ANN, words);
    expect(scene.texts(ANN.id).slice(before)).to.deep.equal([]);
    expect(await places(ANN.id)).to.deep.equal([]);
    await scene.say(OPERATOR, `/user ${ANN.id}`);
    expect(scene.last(OPERATOR.id)).to.match(/State: .*block/);
    await scene.say(OPERATOR, `/unblock ${ANN.id}`);
    await scene.say(ANN, "And now?");
    expect(scene.questions).to.deep.equal(["How?", "And now?"]);
  });

  it("erase the profile that a group message in progress creates again", async () => {
    scene.seq = 10;
    await forget();
    await scene.collection("people").insertOne({ _id: ANN.id, dayLimitTold: { seq: 9 } } as never);
    await finished();
    expect(await places(ANN.id)).to.deep.equal([]);
  });

  it("end a hand-over, and tell the operators", async () => {
    await scene.press(ANN, "person:ask");
    await forget();
    expect(scene.last(OPERATORS.id)).to.match(/Ann had everything erased/);
    await finished();
    expect(await places(ANN.id)).to.deep.equal([]);
  });

  it("remove a person from a running broadcast, even if it is their turn", async () => {
    const broadcasts = scene.collection("broadcasts");
    await broadcasts.insertOne({
      _id: 1,
      operatorId: OPERATOR.id,
      state: "sending",
      cursor: ANN.id,
    } as never);
    await forget();
    await finished();
    expect(await places(ANN.id)).to.deep.equal([]);
    expect(await broadcasts.findOne({})).to.include({ cursor: ANN.id - 1 });
  });
});
