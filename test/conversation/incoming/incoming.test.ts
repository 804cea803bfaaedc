import { expect } from "chai";
import { addressOf } from "../../../lib/conversation/exchange.ts";
import { type Incoming, readUpdate } from "../../../lib/conversation/incoming/incoming.ts";
import type { Update } from "../../../lib/telegram/index.ts";

const BOT = { id: 7, username: "helpline_bot" };
const ANN = { id: 100, is_bot: false, first_name: "Ann" };
const PRIVATE = { id: 100, type: "private", first_name: "Ann" };
const GROUP = { id: -5, type: "supergroup", title: "Class" };
const OTHER_GROUP = { id: -6, type: "supergroup", title: "Other class" };
const CHANNEL = { id: -1005551, type: "channel", title: "My channel" };
const CHANNEL_BOT = { id: 136817688, is_bot: true, first_name: "Channel" };
const ANONYMOUS_BOT = { id: 1087968824, is_bot: true, first_name: "Group" };

function message(fields: object): Update {
  return { update_id: 1, message: { message_id: 1, date: 0, chat: PRIVATE, from: ANN, ...fields } };
}

function kindOf(update: Update): Incoming["kind"] {
  return readUpdate(update, BOT).kind;
}

describe("What an update asks for", () => {
  describe("of a message of any kind", () => {
    for (const [what, fields] of [
      ["a story", { story: { chat: CHANNEL, id: 5 } }],
      ["a game", { game: { title: "G", description: "d", photo: [] } }],
      ["a checklist", { checklist: { title: "C", tasks: [] } }],
      ["paid media", { paid_media: { star_count: 1, paid_media: [] } }],
      ["an invoice", { invoice: { title: "I" } }],
      ["a giveaway", { giveaway: { winner_count: 1 } }],
      ["a kind that does not exist yet", { hologram: { file_id: "x" } }],
      ["a kind the Bot API server leaves out", {}],
    ] as const) {
      it(`is an answer to ${what} in a private chat`, () =>
        expect(kindOf(message(fields))).to.equal("media"));
    }

    it("is nothing when Telegram wrote it about the chat", () => {
      for (const service of [
        { pinned_message: { message_id: 1 } },
        { message_auto_delete_timer_changed: {} },
        { forum_topic_created: {} },
        { chat_background_set: {} },
      ]) {
        expect(kindOf(message(service)), JSON.stringify(service)).to.equal("none");
      }
    });

    it("is nothing in a group that does not address the bot", () => {
      expect(kindOf(message({ chat: GROUP, story: {} }))).to.equal("none");
    });
  });

  describe("of a group message", () => {
    const says = (text: string, entities?: object[]): Incoming["kind"] =>
      kindOf(message({ chat: GROUP, text, ...(entities ? { entities } : {}) }));

    it("is an answer when it mentions the bot by name or by a link", () => {
      expect(says("Hey @Helpline_Bot, how?", [{ type: "mention", offset: 4, length: 13 }])).to.equal(
        "question",
      );
      expect(says("Helper, how?", [{ type: "text_mention", offset: 0, length: 6, user: BOT }])).to.equal(
        "question",
      );
    });

    it("is nothing when the name is in code, in a link or part of another word", () => {
      expect(says("run @helpline_bot now", [{ type: "code", offset: 4, length: 13 }])).to.equal("none");
      expect(says("mail a@helpline_bot.org", [{ type: "email", offset: 5, length: 18 }])).to.equal("none");
      expect(says("a@helpline_bot")).to.equal("none");
      expect(says("@helpline_bots", [{ type: "mention", offset: 0, length: 14 }])).to.equal("none");
    });

    it("leaves the mention out of the question, and code in it", () => {
      const text = "@helpline_bot what does @helpline_bot do?";
      const entities = [
        { type: "mention", offset: 0, length: 13 },
        { type: "code", offset: 24, length: 13 },
      ];
      const incoming = readUpdate(message({ chat: GROUP, text, entities }), BOT);
      expect(incoming).to.include({ kind: "question", text: "what does @helpline_bot do?" });
    });
  });

  describe("of a command", () => {
    it("is the command below a picture, too", () => {
      const photo = [{ file_id: "x", width: 1, height: 1 }];
      expect(readUpdate(message({ photo, caption: "/forget" }), BOT)).to.include({
        kind: "command",
        name: "forget",
      });
      expect(kindOf(message({ photo, caption: "/forget@other_bot" }))).to.equal("none");
    });

    it("is a question about the picture for /ask", () => {
      const photo = [{ file_id: "x", width: 1, height: 1 }];
      const incoming = readUpdate(message({ photo, caption: "/ask what is this?" }), BOT);
      expect(incoming.kind).to.equal("media");
      expect("message" in incoming && incoming.message.caption).to.equal("what is this?");
    });

    it("is none in code", () => {
      const entities = [{ type: "code", offset: 0, length: 7 }];
      expect(kindOf(message({ text: "/forget", entities }))).to.equal("question");
    });
  });

  describe("of the bot's membership", () => {
    const changed = (chat: object, from: object, to: object): Incoming["kind"] =>
      kindOf({
        update_id: 1,
        my_chat_member: { chat, from: ANN, date: 1, old_chat_member: from, new_chat_member: to },
      } as Update);

    it("is a greeting in a group it was added to", () => {
      expect(changed(GROUP, { status: "left" }, { status: "member" })).to.equal("added");
      expect(changed(GROUP, { status: "kicked" }, { status: "administrator" })).to.equal("added");
    });

    it("is nothing in a channel", () => {
      expect(changed(CHANNEL, { status: "left" }, { status: "administrator" })).to.equal("none");
    });

    it("is nothing when a restriction is lifted, or its rights change", () => {
      const restricted = { status: "restricted", is_member: true };
      expect(changed(GROUP, restricted, { status: "member" })).to.equal("none");
      expect(changed(GROUP, { status: "member" }, restricted)).to.equal("none");
      expect(changed(GROUP, { status: "administrator" }, { status: "member" })).to.equal("none");
      expect(changed(GROUP, { ...restricted, is_member: false }, { status: "member" })).to.equal("added");
    });
  });

  describe("of someone who writes as a chat", () => {
    const as = (from: object, chat: object, sender_chat: object) =>
      message({ chat, from, sender_chat, text: "@helpline_bot how?" });
    const personOf = (update: Update) => addressOf(update, { seq: 1, chatKey: "chat:-5" })?.personId;

    it("is the same as of anybody else", () => {
      expect(kindOf(as(CHANNEL_BOT, GROUP, CHANNEL))).to.equal("question");
      expect(kindOf(as(ANONYMOUS_BOT, GROUP, GROUP))).to.equal("question");
    });

    it("counts for that chat alone", () => {
      expect(personOf(as(CHANNEL_BOT, GROUP, CHANNEL))).to.equal(CHANNEL.id);
      expect(personOf(as(ANONYMOUS_BOT, GROUP, GROUP))).to.equal(GROUP.id);
      expect(personOf(as(ANONYMOUS_BOT, OTHER_GROUP, OTHER_GROUP))).to.equal(OTHER_GROUP.id);
    });

    it("is nothing for another bot", () => {
      expect(kindOf(message({ chat: GROUP, from: CHANNEL_BOT, text: "@helpline_bot how?" }))).to.equal(
        "none",
      );
    });
  });
});
