import { expect } from "chai";
import { migrate } from "../../../lib/store/migrations.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { ANN, BEN, BOT, OPERATOR, OPERATORS, Scene } from "../scene.ts";

describe("a hand-over", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });

  const handovers = () => scene.collection("handovers");
  /** How many messages have the button. */
  const offers = ({ telegram }: Scene): number =>
    telegram.calls.filter(({ params }) => JSON.stringify(params).includes("person:ask")).length;
  const ask = () => scene.press(ANN, "person:ask");

  /** The messages of a chat whose text holds this. */
  const idOf = (chatId: number, text: string): number =>
    scene.telegram.chats.get(chatId)?.find((message) => message.text.includes(text))?.id ?? 0;

  it("is offered where nothing was found, and only where there are operators to talk to", async () => {
    scene.answer = async () => ({ kind: "nothing-found", why: "no-model" });
    await scene.say(ANN, "How?");
    expect(offers(scene)).to.equal(1);
    const alone = new Scene(empty.db, empty.content, { hasOperatorsChat: false });
    alone.seq = 10;
    alone.answer = scene.answer;
    await alone.say(BEN, "How?");
    expect(offers(alone)).to.equal(0);
    await alone.press(BEN, "person:ask");
    expect(alone.last(BEN.id)).to.match(/nobody from the team/);
  });

  it("shows the operators who asks, and the last messages", async () => {
    await scene.say(ANN, "Is this normal?");
    await ask();
    expect(scene.last(OPERATORS.id)).to.match(
      /Ann would like to talk to a person. Language: en[\s\S]*#2 Ann\nIs this normal\?[\s\S]*Helpline\nAn answer\.[\s\S]*Reply to this message/,
    );
    expect(scene.last(ANN.id)).to.match(/asked someone from the team/);
  });

  it("continues when the operators' group becomes a supergroup with another id", async () => {
    const supergroup = { ...OPERATORS, id: -99 };
    await scene.handle(scene.message(OPERATOR, { migrate_to_chat_id: supergroup.id }, OPERATORS));
    await ask();
    expect(scene.last(supergroup.id)).to.match(/Ann would like to talk to a person/);
    await scene.reply(OPERATOR, supergroup, idOf(supergroup.id, "Ann would like"), { text: "Hello" });
    expect(scene.last(ANN.id)).to.match(/Hello$/);
  });

  it("goes on when operators reply to a message from days ago, of which the outbox knows nothing any more", async () => {
    await ask();
    await scene.say(ANN, "It has been going on for weeks.");
    await scene.collection("outbox").deleteMany({});
    for (const text of ["Ann would like", "for weeks"]) {
      await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, text), { text: `About ${text}` });
      expect(scene.last(ANN.id)).to.contain(`About ${text}`);
    }
  });

  it("finds its messages of before an upgrade", async () => {
    await ask();
    await handovers().updateMany({}, { $unset: { messages: "" } });
    await scene.collection("migrations").deleteOne({ _id: 10 as never });
    await migrate(empty.db, scene.clock);
    await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, "Ann would like"), { text: "Hello" });
    expect(scene.last(ANN.id)).to.contain("Hello");
  });

  it("tells both sides about a message that cannot be passed on, and sends no empty heading", async () => {
    await ask();
    await scene.handle(scene.message(ANN, { story: { chat: OPERATORS, id: 5 } }));
    expect(scene.last(OPERATORS.id)).to.match(/^💬 #1 Ann\n\(a message of a kind/);
    expect(scene.last(ANN.id)).to.equal(empty.content.translate("en", "person.not_passed_on"));
    const message = scene.lastMessageId(OPERATORS.id);
    await scene.reply(OPERATOR, OPERATORS, message, { giveaway: { winner_count: 1 } });
    expect(scene.last(ANN.id)).to.match(/^👤 Someone from the team:\n\(a message of a kind/);
    expect(scene.last(OPERATORS.id)).to.equal(empty.content.translate("en", "person.not_passed_on"));
  });

  it("relays messages both ways, and keeps them from the model", async () => {
    await ask();
    await scene.say(ANN, "Are you there?");
    expect(scene.last(OPERATORS.id)).to.equal("💬 #1 Ann\nAre you there?");
    expect(scene.questions).to.deep.equal([]);
    const entities = [{ type: "bold", offset: 0, length: 3 }];
    await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, "Are you there?"), {
      text: "Yes, I am.",
      entities,
    });
    expect(scene.last(ANN.id)).to.equal("👤 Someone from the team:\nYes, I am.");
    const sent = scene.telegram.calls.findLast(({ params }) => params.chat_id === ANN.id);
    expect(sent?.params.entities).to.deep.equal([{ type: "bold", offset: 26, length: 3 }]);
  });

  it("relays pictures and voice messages both ways", async () => {
    await ask();
    await scene.handle(scene.message(ANN, { voice: { file_id: "v" } }));
    const copies = () => scene.telegram.calls.filter(({ method }) => method === "copyMessage");
    expect(copies()[0]?.params).to.include({ chat_id: OPERATORS.id, from_chat_id: ANN.id });
    await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, "would like"), { photo: [{ file_id: "p" }] });
    expect(copies()[1]?.params).to.include({
      chat_id: ANN.id,
      from_chat_id: OPERATORS.id,
      caption: "👤 Someone from the team:",
    });
  });

  it("relays every picture of an album", async () => {
    await ask();
    const album = [1, 2, 3].map((photo) =>
      scene.message(ANN, { photo: [{ file_id: String(photo) }], media_group_id: "a" }),
    );
    const [first, ...others] = album;
    if (first)
      await scene.handle(
        first,
        2,
        others.map((update, index) => ({ seq: 3 + index, update })),
      );
    const copied = scene.telegram.calls.filter(({ method }) => method === "copyMessage");
    expect(copied.map(({ params }) => params.message_id)).to.deep.equal(
      album.map(({ message }) => message?.message_id),
    );
  });

  it("relays the replies to two people at the same time", async () => {
    await ask();
    await scene.press(BEN, "person:ask");
    await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, "Ben would"), { text: "Hello Ben" });
    await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, "Ann would"), { text: "Hello Ann" });
    expect(scene.last(ANN.id)).to.match(/Hello Ann/);
    expect(scene.last(BEN.id)).to.match(/Hello Ben/);
  });

  it("ends when the person goes back to the bot", async () => {
    await ask();
    await scene.pressLabel(ANN, /Back to the bot/);
    expect(scene.last(OPERATORS.id)).to.equal("#1 Ann has gone back to the bot.");
    expect(scene.last(ANN.id)).to.match(/talking to the bot again/);
    await scene.say(ANN, "How?");
    expect(scene.questions).to.deep.equal(["How?"]);
    await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, "would like"), { text: "Too late" });
    expect(scene.last(OPERATORS.id)).to.match(/Nothing was sent/);
    expect(scene.texts(ANN.id).join()).not.to.include("Too late");
  });

  it("ends when an operator sends /end as a reply, or presses the button", async () => {
    await ask();
    await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, "would like"), { text: "/end" });
    expect(scene.last(ANN.id)).to.match(/conversation with the team has ended/);
    await ask();
    await scene.pressLabel(OPERATOR, /End the conversation/, OPERATORS);
    expect(scene.last(OPERATORS.id)).to.match(/with #\d+ Ann has ended/);
    await scene.say(ANN, "How?");
    expect(scene.questions).to.deep.equal(["How?"]);
  });

  it("relays edits both ways, and keeps them from the model", async () => {
    await scene.say(ANN, "Hello?");
    await ask();
    const words = scene.message(ANN, { text: "I am ten" });
    await scene.handle(words);
    await scene.edit(words, "I am sixteen");
    expect(scene.last(OPERATORS.id)).to.equal("✏️ #2 Ann\nI am sixteen");
    expect(scene.questions).to.deep.equal(["Hello?"]);
    const reply_to_message = {
      message_id: idOf(OPERATORS.id, "I am ten"),
      from: { id: BOT.id, is_bot: true, first_name: "Bot" },
    };
    const reply = scene.message(OPERATOR, { text: "Come at 5", reply_to_message }, OPERATORS);
    await scene.handle(reply);
    await scene.edit(reply, "Come at 6");
    expect(scene.last(ANN.id)).to.equal("✏️ Someone from the team:\nCome at 6");
    await scene.say(ANN, "/end");
    const afterwards = scene.message(ANN, { text: "How?" });
    await scene.handle(afterwards);
    await scene.edit(afterwards, "Why?");
    expect(scene.questions).to.deep.equal(["Hello?", "How?", "Why?"]);
  });

  it("ends with /cancel and with /stop, which says goodbye, once even if they are retried", async () => {
    for (const [command, words] of [
      ["/cancel", /talking to the bot again/],
      ["/stop", /ended our conversation/],
    ] as const) {
      await ask();
      const update = scene.message(ANN, { text: command });
      const before = scene.texts(OPERATORS.id).length;
      const seq = scene.seq + 1;
      for (let time = 0; time < 3; time += 1) await scene.handle(update, seq);
      expect(scene.texts(OPERATORS.id).slice(before)).to.deep.equal([
        `#${seq - 1} Ann has gone back to the bot.`,
      ]);
      expect(scene.last(ANN.id)).to.match(words);
    }
    expect(await handovers().countDocuments({ isOpen: true })).to.equal(0);
  });

  it("ends when the person blocks the bot, and tells the operators", async () => {
    await scene.say(ANN, "Hello?");
    await ask();
    const status = (word: string) => ({
      user: { id: BOT.id, is_bot: true, first_name: "Bot" },
      status: word,
    });
    const my_chat_member = {
      chat: { id: ANN.id, type: "private" },
      from: ANN,
      date: 0,
      old_chat_member: status("member"),
      new_chat_member: status("kicked"),
    };
    const seq = scene.seq + 1;
    for (let time = 0; time < 2; time += 1) {
      await scene.handle({ update_id: 5000, my_chat_member }, seq);
    }
    const told = scene.texts(OPERATORS.id).filter((text) => /Ann has blocked the bot/.test(text));
    expect(told).to.have.length(1);
    await scene.reply(OPERATOR, OPERATORS, idOf(OPERATORS.id, "would like"), { text: "Are you there?" });
    expect(scene.last(OPERATORS.id)).to.match(/Nothing was sent/);
  });

  it("ends after a day of silence, and tells both sides once", async () => {
    await ask();
    const { clock } = scene;
    await clock.advance(23 * 3_600_000);
    await scene.say(ANN, "Still there?");
    await clock.advance(23 * 3_600_000);
    await scene.conversation.start();
    await scene.until(() => clock.sleeping > 0);
    await scene.conversation.stop();
    expect(scene.last(ANN.id)).not.to.match(/Nobody has written/);

    await clock.advance(2 * 3_600_000);
    for (let start = 0; start < 2; start += 1) {
      const later = new Scene(empty.db, empty.content, { clock });
      await later.conversation.start();
      await later.until(() => clock.sleeping > 0);
      expect(await handovers().countDocuments({ isOpen: true })).to.equal(start === 0 ? 1 : 0);
      await clock.advance(11 * 60_000); // until then, what came while the bot was away is handled
      await later.until(async () => (await handovers().findOne({}))?.isEndTold === true);
      await later.delivered();
      await later.conversation.stop();
      const told = (chatId: number) => later.texts(chatId).filter((text) => /obody has written/.test(text));
      expect([...told(ANN.id), ...told(OPERATORS.id)]).to.have.length(start === 0 ? 2 : 0);
    }
  });

  it("does not end when the system's clock is set a day ahead", async () => {
    await ask();
    await scene.conversation.start();
    await scene.until(() => scene.clock.sleeping > 0);
    scene.clock.setWallClock(25 * 3_600_000);
    await scene.clock.advance(11 * 60_000);
    await scene.conversation.stop();
    expect(await handovers().countDocuments({ isOpen: true })).to.equal(1);
  });

  it("asks, relays and ends once, even if updates are retried", async () => {
    const updates = [
      scene.pressUpdate(ANN, "person:ask"),
      scene.message(ANN, { text: "Hello?" }),
      scene.pressUpdate(ANN, "person:back"),
    ];
    for (const [index, update] of updates.entries()) {
      for (let time = 0; time < 3; time += 1) await scene.handle(update, index + 1);
    }
    expect(scene.texts(OPERATORS.id)).to.have.length(3);
    expect(scene.texts(ANN.id)).to.have.length(2);
    expect(await handovers().countDocuments()).to.equal(1);
  });

  it("ignores what operators write to each other", async () => {
    await scene.say(OPERATOR, "Lunch?", OPERATORS);
    expect(scene.telegram.calls).to.deep.equal([]);
    await scene.say(OPERATOR, "@helpline_bot how?", OPERATORS);
    expect(scene.questions).to.deep.equal(["how?"]);
  });
});
