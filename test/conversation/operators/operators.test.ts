import { expect } from "chai";
import { type CommandMenu, commandMenus, operatorMenus } from "../../../lib/conversation/index.ts";
import { createPeopleStore } from "../../../lib/store/collections/people/people.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { ANN, BEN, GROUP, OPERATOR, OPERATORS, Scene } from "../scene.ts";

describe("operators' commands", () => {
  const empty = useEmptyDatabase();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(empty.db, empty.content);
  });

  const COMMANDS = ["/stats", "/broadcast hello", "/user 100", "/block 100", "/unblock 100", "/reload"];

  it("do not exist for anyone else, nor in other groups", async () => {
    for (const command of COMMANDS) {
      await scene.say(ANN, command);
      expect(scene.last(ANN.id)).to.match(/^I don't know \//);
    }
    for (const command of COMMANDS) await scene.say(OPERATOR, command, GROUP);
    for (const command of COMMANDS) await scene.say(ANN, command, OPERATORS);
    expect([...scene.texts(GROUP.id), ...scene.texts(OPERATORS.id)]).to.deep.equal([]);
  });

  const senders: [string, object][] = [
    ["their channel", { id: -1005551, type: "channel", title: "News" }],
    ["the group, as an anonymous administrator", OPERATORS],
  ];
  for (const [name, sender_chat] of senders) {
    describe(`written as ${name}`, () => {
      const from = { id: 136817688, is_bot: true, first_name: "Channel", language_code: "en" };
      const write = (text: string, chat: typeof GROUP): Promise<void> =>
        scene.handle(scene.message(from, { text, sender_chat }, chat));

      it("are an operator's in the operators' chat, without a limit, and nobody's elsewhere", async () => {
        const commands = Array.from({ length: 40 }, () =>
          scene.message(from, { text: "/user 100", sender_chat }, OPERATORS),
        );
        for (const command of commands) await scene.take(command);
        await scene.pass(6 * 60_000); // eight a minute go there beside what is urgent
        expect(scene.texts(OPERATORS.id)).to.have.lengthOf(40);
        expect(scene.last(OPERATORS.id)).to.match(/100/);
        await write("/user 100", GROUP);
        expect(scene.texts(GROUP.id)).to.deep.equal([]);
      });

      it("reach the person whose message they reply to", async () => {
        await scene.press(ANN, "person:ask");
        const request = scene.lastMessageId(OPERATORS.id);
        const reply_to_message = { message_id: request, from: { id: 7, is_bot: true, first_name: "Bot" } };
        const reply = { text: "Hello Ann", sender_chat, reply_to_message };
        await scene.handle(scene.message(from, reply, OPERATORS));
        expect(scene.last(ANN.id)).to.match(/Hello Ann/);
      });
    });
  }

  it("are listed in the menus of operators only", () => {
    const names = (menus: readonly CommandMenu[]) =>
      menus.map(({ commands }) => commands.map(({ command }) => command));
    for (const menu of names(commandMenus(empty.content, true))) {
      expect(menu).to.include.members(["history", "mydata", "forget"]).and.not.include("broadcast");
    }
    const [alone, together] = operatorMenus(empty.content, { userIds: [OPERATOR.id], chatId: OPERATORS.id });
    expect(alone?.scope).to.deep.equal({ type: "chat", chat_id: OPERATOR.id });
    expect(names([alone ?? { commands: [] }])[0]).to.include.members(["help", "broadcast", "reload"]);
    expect(together?.scope).to.deep.equal({ type: "chat", chat_id: OPERATORS.id });
    expect(names([together ?? { commands: [] }])[0])
      .to.include.members(["stats", "end"])
      .and.not.include("forget");
  });

  it("show statistics with a picture, in private and in the operators' chat", async () => {
    for (const chat of [undefined, OPERATORS]) {
      await scene.say(OPERATOR, "/stats", chat);
      const { method, params } = scene.telegram.calls.at(-1) ?? {};
      expect(method).to.equal("sendPhoto");
      expect(params?.caption).to.equal("All is well");
    }
  });

  it("describe a person without the content of their messages", async () => {
    await scene.say(ANN, "A secret question?");
    await scene.say(OPERATOR, "/user 100");
    expect(scene.last(OPERATOR.id)).to.match(
      /100[\s\S]*First here: 2026-01-01[\s\S]*Questions in private: 1/,
    );
    expect(scene.last(OPERATOR.id)).not.to.match(/secret/);
    await scene.say(OPERATOR, "/user 4711");
    expect(scene.last(OPERATOR.id)).to.match(/Nobody with the id 4711/);
    await scene.say(OPERATOR, "/user Ann");
    expect(scene.last(OPERATOR.id)).to.match(/Send \/user with a Telegram user id/);
  });

  it("ban a person, who is told once, until they are unbanned", async () => {
    await scene.say(OPERATOR, "/block 100");
    await scene.say(ANN, "How?");
    await scene.say(ANN, "Why?");
    await scene.say(ANN, "@helpline_bot why?", GROUP);
    expect(scene.texts(ANN.id)).to.have.length(1);
    expect(scene.last(ANN.id)).to.match(/can't answer you any more/);
    expect(scene.texts(GROUP.id)).to.deep.equal([]);
    expect(scene.questions).to.deep.equal([]);
    await scene.say(OPERATOR, "/unblock 100");
    await scene.say(ANN, "And now?");
    expect(scene.questions).to.deep.equal(["And now?"]);
  });

  it("ban no operator", async () => {
    await scene.say(OPERATOR, `/block ${OPERATOR.id}`);
    expect(scene.last(OPERATOR.id)).to.match(/That is an operator/);
  });

  it("reload the content, or show its mistakes", async () => {
    scene.reloaded = { ok: true, changed: ["locales/en.yaml"] };
    await scene.say(OPERATOR, "/reload");
    expect(scene.last(OPERATOR.id)).to.match(/Changed:\n.*locales\/en\.yaml/);
    scene.reloaded = { ok: true, changed: [] };
    await scene.say(OPERATOR, "/reload");
    expect(scene.last(OPERATOR.id)).to.match(/nothing has changed/);
    scene.reloaded = { ok: false, mistakes: "bot.yaml, line 3: *name* is missing" };
    await scene.say(OPERATOR, "/reload");
    expect(scene.last(OPERATOR.id)).to.match(/goes on with the old one[\s\S]*line 3: \*name\* is missing/);
  });

  it("name the instances whose content differs after a reload, and count those that say nothing", async () => {
    scene.reloaded = { ok: true, changed: [], others: { differing: ["b-2", "c-3"], silent: 1 } };
    await scene.say(OPERATOR, "/reload");
    expect(scene.last(OPERATOR.id)).to.match(/Other content than here, or mistakes in it, on: b-2, c-3\./);
    expect(scene.last(OPERATOR.id)).to.match(/Instances that did not say what they have: 1\./);
    scene.reloaded = { ok: true, changed: [], others: { differing: [], silent: 0 } };
    await scene.say(OPERATOR, "/reload");
    expect(scene.last(OPERATOR.id)).to.not.match(/Other content|did not say/);
  });

  describe("/broadcast", () => {
    const DAY = new Date(Date.UTC(2026, 0, 1));

    beforeEach(() => scene.conversation.start());

    /** So many people who wrote in private, from id 1001 on. */
    async function meet(count: number): Promise<number[]> {
      const ids = Array.from({ length: count }, (_, index) => 1001 + index);
      const people = createPeopleStore(empty.db);
      for (const id of ids) await people.seen(id, DAY);
      return ids;
    }

    /** Lets seconds pass until the broadcast is over. */
    async function finish(at: Scene = scene): Promise<void> {
      await at.until(async () => {
        await at.clock.advance(1_000);
        return (await scene.collection("broadcasts").findOne({}))?.isEndTold === true;
      });
      await at.delivered();
    }

    const received = (at: Scene, ids: readonly number[], text: string): number[] =>
      ids.filter((id) => at.texts(id).filter((other) => other === text).length === 1);

    it("is previewed, and not sent unless confirmed", async () => {
      const [id = 0] = await meet(1);
      await scene.say(OPERATOR, "/broadcast We are **closed** today.");
      expect(scene.texts(OPERATOR.id).slice(0, 1)).to.deep.equal(["We are closed today."]);
      expect(scene.last(OPERATOR.id)).to.match(/People: 2/);
      await scene.pressLabel(OPERATOR, /Cancel/);
      expect(scene.last(OPERATOR.id)).to.match(/Nothing was sent/);
      await scene.press(OPERATOR, "cast:1:send");
      expect(scene.texts(id)).to.deep.equal([]);
    });

    it("reaches everyone with a private chat once, formatted, and reports the result", async () => {
      const ids = await meet(60);
      await scene.say(ANN, "@helpline_bot how?", GROUP);
      await scene.say(OPERATOR, "/broadcast We are **closed** today.");
      await scene.pressLabel(OPERATOR, /Send it/);
      await finish();
      await scene.conversation.stop();
      expect(received(scene, ids, "We are closed today.")).to.deep.equal(ids);
      expect(scene.texts(ANN.id)).to.deep.equal([]);
      expect(scene.texts(OPERATOR.id)).to.include("Done. Sent: 61. Could not be reached: 0");
    });

    it("ends in silence for a press that is repeated after it was sent", async () => {
      await meet(3);
      await scene.say(OPERATOR, "/broadcast Hello");
      const press = scene.pressUpdate(OPERATOR, `cast:${scene.seq}:send`);
      await scene.handle(press, 2);
      await finish();
      await scene.conversation.stop();
      const before = scene.texts(OPERATOR.id);
      await scene.collection("outbox").deleteMany({ _id: "2:1" as never }); // the process died before it was stored
      await scene.handle(press, 2);
      expect(scene.texts(OPERATOR.id)).to.deep.equal(before);
    });

    for (const [how, ms] of [
      ["an hour back", -3_600_000],
      ["a day ahead", 86_400_000],
    ] as const) {
      it(`goes on at its pace when the system's clock is set ${how}`, async () => {
        const ids = await meet(60);
        await scene.say(OPERATOR, "/broadcast Hello");
        await scene.pressLabel(OPERATOR, /Send it/);
        await scene.until(() => received(scene, ids, "Hello").length >= 20);
        scene.clock.setWallClock(ms);
        const pauseAfter = async (count: number): Promise<void> => {
          const cursor = ids[count - 1];
          await scene.until(
            async () => (await scene.collection("broadcasts").findOne({}))?.cursor === cursor,
          );
          await scene.pass(1_000); // waits until the broadcast knows that its cursor is stored
        };
        await pauseAfter(24); // the operator is one of the first 25
        await pauseAfter(49);
        await scene.until(() => received(scene, ids, "Hello").length === 60);
        await scene.conversation.stop();
        expect(received(scene, ids, "Hello")).to.deep.equal(ids);
      });
    }

    it("is sent at no more than 30 messages a second", async () => {
      await meet(100);
      await scene.say(OPERATOR, "/broadcast Hello");
      await scene.pressLabel(OPERATOR, /Send it/);
      await finish();
      await scene.conversation.stop();
      const times = scene.telegram.calls.filter(({ params }) => params.text === "Hello").map(({ at }) => at);
      for (const from of times) {
        expect(times.filter((at) => at >= from && at < from + 1_000).length).to.be.at.most(30);
      }
    });

    it("resumes after a restart, and reaches nobody twice", async () => {
      const ids = await meet(80);
      await scene.say(OPERATOR, "/broadcast Hello");
      await scene.pressLabel(OPERATOR, /Send it/);
      await scene.until(async () => ((await scene.collection("broadcasts").findOne({}))?.cursor ?? 0) > 0);
      await scene.conversation.stop();
      await scene.delivered();
      const before = received(scene, ids, "Hello");
      expect(before.length).to.be.greaterThan(0).and.lessThan(ids.length);
      const restarted = new Scene(empty.db, empty.content, { clock: scene.clock });
      await restarted.conversation.start();
      await finish(restarted);
      await restarted.conversation.stop();
      expect([...before, ...received(restarted, ids, "Hello")].toSorted((a, b) => a - b)).to.deep.equal(ids);
    });

    it("skips people who left with /stop, until they return", async () => {
      await scene.say(ANN, "/help");
      await scene.say(ANN, "/stop");
      await scene.say(OPERATOR, "/broadcast Hello");
      expect(scene.last(OPERATOR.id)).to.match(/People: 1\./);
      await scene.say(ANN, "/help");
      await scene.say(OPERATOR, "/broadcast Hello");
      expect(scene.last(OPERATOR.id)).to.match(/People: 2\./);
    });

    it("skips people who blocked the bot, and counts failed sends", async () => {
      const [first = 0, second = 0, third = 0] = await meet(3);
      await createPeopleStore(empty.db).noteBlocked(first, true);
      scene.telegram.decide = ({ params }) =>
        params.chat_id === second
          ? { fails: { kind: "blocked", description: "Forbidden: bot was blocked by the user" } }
          : "ok";
      await scene.say(OPERATOR, "/broadcast Hello");
      await scene.pressLabel(OPERATOR, /Send it/);
      await finish();
      await scene.conversation.stop();
      expect(received(scene, [first, second, third], "Hello")).to.deep.equal([third]);
      expect(scene.texts(OPERATOR.id)).to.include("Done. Sent: 2. Could not be reached: 1");
    });

    it("stops when it is cancelled", async () => {
      const ids = await meet(80);
      await scene.say(OPERATOR, "/broadcast Hello");
      await scene.pressLabel(OPERATOR, /Send it/);
      await scene.until(async () => ((await scene.collection("broadcasts").findOne({}))?.cursor ?? 0) > 0);
      await scene.pressLabel(OPERATOR, /Stop/);
      await scene.clock.advance(10_000);
      await scene.conversation.stop();
      expect(received(scene, ids, "Hello").length).to.be.lessThan(ids.length);
      expect(scene.last(OPERATOR.id)).to.match(/^Stopped/);
    });

    it("sends a copy of the message it replies to", async () => {
      const [id = 0] = await meet(1);
      await scene.reply(OPERATOR, { id: OPERATOR.id, type: "private" }, 55, { text: "/broadcast" });
      await scene.pressLabel(OPERATOR, /Send it/);
      await finish();
      await scene.conversation.stop();
      const copies = scene.telegram.calls.filter(({ method }) => method === "copyMessage");
      expect(copies.map(({ params }) => params.chat_id)).to.have.members([OPERATOR.id, OPERATOR.id, id]);
      expect(copies.at(-1)?.params).to.include({ from_chat_id: OPERATOR.id, message_id: 55 });
    });

    it("shows its usage, and refuses a long text", async () => {
      await scene.say(OPERATOR, "/broadcast");
      expect(scene.last(OPERATOR.id)).to.match(/Send \/broadcast with the text/);
      await scene.say(OPERATOR, `/broadcast ${"word ".repeat(900)}`);
      expect(scene.last(OPERATOR.id)).to.match(/too long/);
      await scene.say(BEN, "/broadcast Hello");
      expect(await scene.collection("broadcasts").countDocuments()).to.equal(0);
    });
  });
});
