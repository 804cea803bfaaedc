import { expect } from "chai";
import type { Failure } from "../../../lib/telegram/index.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import type { ReceivedCall } from "../../support/fake-telegram.ts";
import { ANN, OPERATOR, OPERATORS, Scene } from "../scene.ts";

const BLOCKED: Failure = { kind: "blocked" };
const CRY = "I want to kill myself";
const person = (id: number, first_name = `Person ${id}`) => ({ ...ANN, id, first_name });

describe("a report of danger to the operators", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = openScene();
  });
  afterEach(() => scene.conversation.stop());

  function openScene(clock = new FakeClock()): Scene {
    const opened = new Scene(empty.db, empty.content, { clock });
    opened.checkRisk = (text) => (/kill/.test(text) ? { id: "self-harm", help: "Call somebody." } : null);
    return opened;
  }

  const told = () => scene.texts(OPERATORS.id);
  const toOperators = ({ params }: ReceivedCall): boolean => params.chat_id === OPERATORS.id;
  const isTold = (name: string): boolean => told().some((text) => text.includes(name));
  it("is one message for each person, which counts up", async () => {
    await scene.say(ANN, CRY);
    await scene.until(() => isTold("Ann"));
    expect(told()).to.deep.equal([
      "⚠️ Ann may be in danger (rule self-harm). They got the help text. To look into it: /user 100",
    ]);
    for (let time = 2; time <= 5; time += 1) await scene.say(ANN, CRY);
    await scene.pass(30_000);
    await scene.until(() => /5 messages/.test(told()[0] ?? ""));
    expect(told()).to.have.lengthOf(1);
    expect(scene.telegram.calls.filter(toOperators).length).to.be.lessThan(5);
  });

  it("is a new message when somebody is heard again after an hour", async () => {
    await scene.say(ANN, CRY);
    await scene.until(() => told().length === 1);
    await scene.clock.advance(61 * 60_000);
    await scene.say(ANN, CRY);
    await scene.until(() => told().length === 2);
  });

  it("goes to every operator's private chat, too, when it has not arrived after 5 s", async () => {
    scene.telegram.decide = (call) =>
      toOperators(call) ? { fails: { kind: "too-many-requests", retryAfterMs: 60_000 } } : "ok";
    await scene.take(scene.message(ANN, { text: CRY }));
    await scene.pass(5_000);
    await scene.until(() => scene.texts(OPERATOR.id).length > 0);
    expect(scene.texts(OPERATOR.id)[0]).to.match(/Ann may be in danger/);
  });

  it("shows names in one line and no longer than they need to be", async () => {
    const name = `Eve\n\n⚠️ **Ann** is fine\u202e${"x".repeat(200)}`;
    await scene.say(person(7, name), CRY);
    await scene.until(() => told().length === 1);
    expect(told()[0]).to.match(/^⚠️ Eve ⚠️ \*\*Ann\*\* is fine x+… may be in danger/);
  });

  describe("that reached nobody", () => {
    beforeEach(async () => {
      scene.telegram.decide = ({ params }) =>
        params.chat_id === OPERATORS.id || params.chat_id === OPERATOR.id ? { fails: BLOCKED } : "ok";
      await scene.take(scene.message(ANN, { text: CRY }));
      await scene.until(() => scene.conversation.operatorsProblem()?.includes("danger") === true);
    });

    it("is still known after a restart, and told when the operators can be reached again", async () => {
      await scene.conversation.stop();
      const { telegram, clock } = scene;
      scene = openScene(clock);
      scene.telegram.decide = telegram.decide;
      await scene.conversation.start();
      expect(scene.conversation.operatorsProblem()).to.match(/alert about danger reached no operator/);
      scene.telegram.decide = () => "ok";
      await scene.clock.advance(60_000);
      await scene.until(() => isTold("Ann"));
      expect(scene.conversation.operatorsProblem()).to.equal(null);
    });
  });

  it("is sent after a crash between the report and the message", async () => {
    const reports = empty.db.collection("danger_reports");
    const about = { telegramUserId: 100, chatKey: "chat:100", isPrivate: true, name: "Ann" };
    const heard = { rules: ["self-harm"], count: 1, firstAt: new Date(), lastAt: new Date() };
    await reports.insertMany([
      { _id: 1 as never, ...about, ...heard, lastSeq: 1 },
      { _id: 2 as never, ...about, ...heard, lastSeq: 2, name: "Ben", telegramUserId: 200, messageSeq: 77 },
    ]);
    await scene.conversation.start();
    await scene.until(() => isTold("Ann") && isTold("Ben"));
  });
});
