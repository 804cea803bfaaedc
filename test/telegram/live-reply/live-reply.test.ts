import { expect } from "chai";
import { silentLogger } from "../../../lib/core/index.ts";
import {
  type Failure,
  type FormattedText,
  LiveReplies,
  type LiveReply,
  Outbox,
} from "../../../lib/telegram/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { MemoryOutboxStore } from "../../support/memory-stores/outbox-store.ts";
import { pseudonym } from "../../support/pseudonym.ts";

const GROUP = -5;
const PERSON = 7;

describe("live reply", () => {
  let clock: FakeClock;
  let telegram: FakeTelegram;
  let store: MemoryOutboxStore;
  let outbox: Outbox;
  let replies: LiveReplies;

  const format = (text: string): FormattedText => ({ text, entities: [] });
  const start = (chatId: number, seq = 1, hasMessage = false): LiveReply =>
    replies.start({ seq, chatKey: `chat:${chatId}`, chatId, isPrivate: chatId > 0, hasMessage });
  const callsOf = (method: string): Record<string, unknown>[] =>
    telegram.calls.filter((call) => call.method === method).map(({ params }) => params);
  const callTimesOf = (method: string): number[] =>
    telegram.calls.filter((call) => call.method === method).map(({ at }) => at);
  const textsOf = (method: string): unknown[] => callsOf(method).map(({ text }) => text);
  const failOn = (method: string, failure: Failure): void => {
    telegram.decide = (call) => (call.method === method ? { fails: failure } : "ok");
  };

  beforeEach(() => {
    clock = new FakeClock();
    telegram = new FakeTelegram(clock.now);
    store = new MemoryOutboxStore();
    const shared = { api: telegram, clock, logger: silentLogger };
    outbox = new Outbox({ ...shared, store, botId: 1, pseudonym, random: () => 0.5, onBlocked() {} });
    replies = new LiveReplies({ ...shared, outbox, format });
  });

  describe("typing", () => {
    it("is shown at once and again before it expires, until the reply stops", async () => {
      const live = start(PERSON);
      expect(callsOf("sendChatAction")).to.deep.equal([{ chat_id: PERSON, action: "typing" }]);
      await clock.advance(9_000);
      expect(callsOf("sendChatAction")).to.have.length(3);
      await live.stop();
      await clock.advance(60_000);
      expect(callsOf("sendChatAction")).to.have.length(3);
    });

    it("ends after 30 seconds without any text, as when queued", async () => {
      const live = start(PERSON);
      await clock.advance(120_000);
      expect(callsOf("sendChatAction")).to.have.length(7);
      await live.stop();
    });

    it("continues past 30 seconds while a text grows", async () => {
      const live = start(PERSON);
      await clock.advance(20_000);
      live.show("a");
      await clock.advance(25_000);
      expect(callsOf("sendChatAction")).to.have.length(11);
      await live.stop();
    });

    it("is left out while the chat is paused by a 429, and resumes after it", async () => {
      const begin = clock.now();
      telegram.plan({ fails: { kind: "too-many-requests", retryAfterMs: 10_000 } });
      const text = { chat_id: PERSON, text: "an answer" };
      const send = {
        seq: 0,
        step: 1,
        chatKey: "chat:7",
        chatId: PERSON,
        method: "sendMessage",
        params: text,
      };
      await outbox.record([send]);
      await clock.advance(0);
      const live = start(PERSON);
      await clock.advance(14_000);
      await live.stop();
      expect(callTimesOf("sendChatAction").map((at) => at - begin)).to.deep.equal([13_500]);
    });

    it("does not count against a group's 20 messages a minute", async () => {
      const live = start(GROUP);
      await clock.advance(30_000);
      await live.stop();
      const spare = Array.from({ length: 20 }, () =>
        outbox.takeSpare({ chatId: GROUP, chatKey: `chat:${GROUP}` }),
      ).filter(Boolean);
      expect(spare).to.have.length(12);
    });

    it("takes at most 20 calls a second when hundreds wait at once", async () => {
      const waiting = Array.from({ length: 500 }, (_, index) => start(index + 1, index + 1));
      await clock.advance(60_000);
      await Promise.all(waiting.map((live) => live.stop()));
      const times = callTimesOf("sendChatAction");
      const mostInASecond = Math.max(
        ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length),
      );
      expect(mostInASecond).to.equal(20);
    });

    it("names the thread of the question", async () => {
      const target = { seq: 1, chatKey: "chat:-5:9", chatId: GROUP, threadId: 9, isPrivate: false };
      const live = replies.start(target);
      await live.stop();
      expect(callsOf("sendChatAction")[0]).to.include({ message_thread_id: 9 });
    });

    it("continues after an outage and ends after a refusal", async () => {
      telegram.plan({ fails: { kind: "unknown" } }, { fails: { kind: "blocked" } });
      const live = start(PERSON);
      await clock.advance(60_000);
      expect(callsOf("sendChatAction")).to.have.length(2);
      await live.stop();
    });
  });

  describe("in a private chat", () => {
    it("streams drafts under one id, the latest text only, a few a second at most", async () => {
      const live = start(PERSON, 12);
      for (let letters = 1; letters <= 20; letters += 1) {
        live.show("a".repeat(letters));
        await clock.advance(50);
      }
      await clock.advance(1_000);
      await live.stop();
      const lengths = textsOf("sendMessageDraft").map((text) => String(text).length);
      expect(lengths).to.deep.equal([1, 8, 16, 20]);
      expect(new Set(callsOf("sendMessageDraft").map((draft) => draft.can_stop))).to.deep.equal(
        new Set([true]),
      );
      expect(new Set(callsOf("sendMessageDraft").map((draft) => draft.draft_id))).to.deep.equal(
        new Set([13]),
      );
    });

    it("sends nothing for a text that is shown already", async () => {
      const live = start(PERSON);
      live.show("same");
      await clock.advance(1_000);
      live.show("same");
      await clock.advance(1_000);
      await live.stop();
      expect(callsOf("sendMessageDraft")).to.have.length(1);
    });

    it("never has a draft id of zero", async () => {
      const live = start(PERSON, 2 ** 31 - 1);
      live.show("a");
      await clock.advance(0);
      await live.stop();
      expect(callsOf("sendMessageDraft")[0]?.draft_id).to.equal(1);
    });

    it("stops growing at the length of one message", async () => {
      const live = start(PERSON);
      live.show("word ".repeat(900));
      await clock.advance(1_000);
      live.show("word ".repeat(1200));
      await clock.advance(1_000);
      await live.stop();
      const drafts = textsOf("sendMessageDraft").map(String);
      expect(drafts).to.have.length(1);
      expect(drafts[0]?.length).to.be.within(4_000, 4_096);
    });

    it("waits until earlier messages of the chat are sent", async () => {
      const begin = clock.now();
      telegram.decide = ({ method, at }) =>
        method === "sendMessage" && at < begin + 3_000
          ? { fails: { kind: "too-many-requests", retryAfterMs: 3_000 } }
          : "ok";
      await outbox.record([
        {
          seq: 0,
          step: 1,
          chatKey: "chat:7",
          chatId: PERSON,
          method: "sendMessage",
          params: { chat_id: PERSON, text: "earlier" },
        },
      ]);
      const live = start(PERSON);
      live.show("later");
      await clock.advance(2_999);
      expect(callsOf("sendMessageDraft")).to.have.length(0);
      await clock.advance(1_000);
      await live.stop();
      expect(
        telegram.calls.map(({ method }) => method).filter((method) => method !== "sendChatAction"),
      ).to.deep.equal(["sendMessage", "sendMessage", "sendMessageDraft"]);
    });

    it("tries no more drafts on a server that does not know them", async () => {
      failOn("sendMessageDraft", { kind: "refused", errorCode: 404, description: "Not Found" });
      const first = start(PERSON, 1);
      first.show("a");
      await clock.advance(1_000);
      first.show("ab");
      await clock.advance(1_000);
      await first.stop();
      const second = start(PERSON, 2);
      second.show("b");
      await clock.advance(1_000);
      await second.stop();
      expect(callsOf("sendMessageDraft")).to.have.length(1);
    });

    it("gives drafts up for all chats after three refusals, but never once one was accepted", async () => {
      const draftsOf = async (seq: number): Promise<number> => {
        const before = callsOf("sendMessageDraft").length;
        const live = start(PERSON, seq);
        live.show(`text ${seq}`);
        await clock.advance(1_000);
        await live.stop();
        return callsOf("sendMessageDraft").length - before;
      };
      failOn("sendMessageDraft", { kind: "refused", errorCode: 400, description: "TEXTDRAFT_PEER_INVALID" });
      expect([await draftsOf(1), await draftsOf(2), await draftsOf(3), await draftsOf(4)]).to.deep.equal([
        1, 1, 1, 0,
      ]);

      replies = new LiveReplies({ api: telegram, outbox, format, clock, logger: silentLogger });
      telegram.decide = () => "ok";
      expect(await draftsOf(5)).to.equal(1);
      failOn("sendMessageDraft", { kind: "refused", errorCode: 400, description: "TEXTDRAFT_PEER_INVALID" });
      for (let seq = 6; seq < 12; seq += 1) expect(await draftsOf(seq)).to.equal(1);
    });

    it("ends for this reply after a 429 and starts again with the next", async () => {
      failOn("sendMessageDraft", { kind: "too-many-requests", retryAfterMs: 1_000 });
      const first = start(PERSON, 1);
      first.show("a");
      await clock.advance(1_000);
      first.show("ab");
      await clock.advance(10_000);
      await first.stop();
      expect(callsOf("sendMessageDraft")).to.have.length(1);
      const second = start(PERSON, 2);
      second.show("b");
      await clock.advance(1_000);
      await second.stop();
      expect(callsOf("sendMessageDraft")).to.have.length(2);
    });

    it("shows the same text again when a draft was lost", async () => {
      telegram.plan("ok", { fails: { kind: "unknown" } });
      const live = start(PERSON);
      live.show("lost once");
      await clock.advance(1_000);
      await live.stop();
      expect(textsOf("sendMessageDraft")).to.deep.equal(["lost once", "lost once"]);
    });
  });

  describe("when the answer takes a while", () => {
    const STOP = { inline_keyboard: [[{ text: "Stop", callback_data: "stop:1" }]] };

    for (const chatId of [PERSON, GROUP]) {
      it(`says so in a message, which the text then replaces (chat ${chatId})`, async () => {
        const live = start(chatId);
        expect(live.isMessageShown()).to.equal(false);
        live.wait("Number 3 in the queue", STOP);
        await clock.advance(5_000);
        live.wait("Number 1 in the queue", STOP);
        await clock.advance(5_000);
        expect(telegram.texts(chatId)).to.deep.equal(["Number 1 in the queue"]);
        expect(callsOf("sendMessage")[0]).to.deep.include({ reply_markup: STOP });
        live.show("The answer begins");
        await clock.advance(5_000);
        live.wait("Number 9 in the queue", STOP);
        await clock.advance(5_000);
        expect(telegram.texts(chatId)).to.deep.equal(["The answer begins"]);
        expect(callsOf("editMessageText").at(-1)).not.to.have.property("reply_markup");
        expect(callsOf("sendMessageDraft")).to.deep.equal([]);
        expect(live.isMessageShown()).to.equal(true);
        await live.stop();
      });
    }

    it("edits the same message, also in a private chat, when the question is handled again", async () => {
      const first = start(PERSON);
      first.wait("Number 3 in the queue", STOP);
      await clock.advance(1_000);
      await first.stop();
      const again = start(PERSON, 1, true);
      expect(again.isMessageShown()).to.equal(true);
      again.show("The answer begins. ");
      await clock.advance(1_000);
      again.show("The answer begins. And goes on.");
      await clock.advance(4_000);
      await again.stop();
      expect(telegram.texts(PERSON)).to.deep.equal(["The answer begins. And goes on."]);
      expect(callsOf("sendMessageDraft")).to.deep.equal([]);
    });

    it("streams drafts in a private chat where no such message was sent", async () => {
      const live = start(PERSON);
      live.show("The answer");
      await clock.advance(1_000);
      expect(textsOf("sendMessageDraft")).to.deep.equal(["The answer"]);
      expect(live.isMessageShown()).to.equal(false);
      await live.stop();
    });
  });

  describe("in a group", () => {
    it("sends a first message once there is a sentence, and edits it at most every three seconds", async () => {
      const live = start(GROUP);
      live.show("A first");
      await clock.advance(2_000);
      expect(telegram.texts(GROUP)).to.deep.equal([]);
      let text = "A first sentence. ";
      for (let second = 0; second < 10; second += 1) {
        text += "More. ";
        live.show(text);
        await clock.advance(1_000);
      }
      await live.stop();
      expect(callsOf("sendMessage")).to.have.length(1);
      const editTimes = telegram.calls
        .filter(({ method }) => method === "editMessageText")
        .map(({ at }) => at);
      expect(editTimes).to.have.length(3);
      expect(
        editTimes.every((at, index) => index === 0 || at - (editTimes[index - 1] ?? 0) >= 3_000),
      ).to.equal(true);
    });

    it("quotes the question with its first message", async () => {
      const target = { seq: 1, chatKey: "chat:-5", chatId: GROUP, isPrivate: false, messageId: 77 };
      const live = replies.start(target);
      live.show("A first sentence. ");
      await clock.advance(100);
      await live.stop();
      expect(callsOf("sendMessage")[0]?.reply_parameters).to.deep.include({ message_id: 77 });
    });

    it("lets the answer edit the first message", async () => {
      const live = start(GROUP);
      live.show("A first sentence. And");
      await clock.advance(4_000);
      await live.stop();
      const params = { chat_id: GROUP, text: "A first sentence. And a last." };
      await outbox.record([
        { seq: 1, step: 1, chatKey: "chat:-5", chatId: GROUP, method: "sendMessage", params, edits: "1:0" },
      ]);
      await outbox.settled("1:1");
      expect(telegram.texts(GROUP)).to.deep.equal(["A first sentence. And a last."]);
    });

    const answer = {
      seq: 1,
      step: 1,
      chatKey: "chat:-5",
      chatId: GROUP,
      method: "sendMessage",
      params: { chat_id: GROUP, text: "The whole answer." },
      edits: "1:0",
    };

    /** Telegram applies an edit that nobody waits for any more. */
    function applyLate(text: string): void {
      Object.assign(telegram.chats.get(GROUP)?.[0] ?? {}, { text });
    }

    for (const [what, fate] of [
      ["is aborted", "hang"],
      ["breaks off", { fails: { kind: "unknown" } }],
    ] as const) {
      it(`shows the whole answer in the end when an edit that ${what} is applied after it`, async () => {
        const live = start(GROUP);
        live.show("A first sentence. ");
        await clock.advance(4_000);
        telegram.plan(fate);
        live.show("A first sentence. And half");
        await clock.advance(4_000);
        const stopping = live.stop();
        await clock.advance(2_000);
        await stopping;
        await outbox.record([answer]);
        await clock.advance(0);
        expect(telegram.texts(GROUP)).to.deep.equal(["The whole answer."]);
        applyLate("A first sentence. And half");
        await clock.advance(5_000);
        expect(telegram.texts(GROUP)).to.deep.equal(["The whole answer."]);
        expect(outbox.stats().unsettled).to.equal(0);
      });
    }

    it("shows the whole answer when the edit was in flight as the process died", async () => {
      const live = start(GROUP);
      live.show("A first sentence. ");
      await clock.advance(4_000);
      await live.stop();
      outbox = new Outbox({
        api: telegram,
        store,
        botId: 1,
        pseudonym,
        clock,
        logger: silentLogger,
        random: () => 0.5,
        onBlocked() {},
      });
      await outbox.recover();
      await outbox.record([answer]);
      await clock.advance(0);
      applyLate("A first sentence. And half");
      await clock.advance(5_000);
      expect(telegram.texts(GROUP)).to.deep.equal(["The whole answer."]);
    });

    it("edits once when every edit before was answered", async () => {
      const live = start(GROUP);
      live.show("A first sentence. ");
      await clock.advance(4_000);
      await live.stop();
      await outbox.record([answer]);
      await clock.advance(10_000);
      expect(textsOf("editMessageText")).to.deep.equal(["The whole answer."]);
    });

    it("reuses its first message when the question is handled again", async () => {
      const first = start(GROUP);
      first.show("A first sentence. ");
      await clock.advance(1_000);
      await first.stop();
      const again = start(GROUP);
      again.show("Another beginning. ");
      await clock.advance(1_000);
      again.show("Another beginning. And more.");
      await clock.advance(4_000);
      await again.stop();
      expect(telegram.texts(GROUP)).to.deep.equal(["Another beginning. And more."]);
    });

    it("leaves part of the group's 20 messages a minute to answers", async () => {
      const live = start(GROUP);
      for (let edit = 0; edit < 25; edit += 1) {
        live.show(`A sentence. ${edit}`);
        await clock.advance(2_000);
      }
      await live.stop();
      const shown = callsOf("sendMessage").length + callsOf("editMessageText").length;
      expect(shown).to.be.at.most(12);
    });

    it("stops editing once an edit was refused or its outcome is unclear", async () => {
      failOn("editMessageText", { kind: "unknown" });
      const live = start(GROUP);
      live.show("A first sentence. ");
      await clock.advance(4_000);
      live.show("A first sentence. More.");
      await clock.advance(4_000);
      live.show("A first sentence. More. And more.");
      await clock.advance(60_000);
      await live.stop();
      expect(callsOf("editMessageText")).to.have.length(1);
    });
  });

  describe("stopping", () => {
    it("waits for a draft in flight, so that none arrives after the answer", async () => {
      let land = (): void => {};
      const api = {
        call: async <Result>(method: string, params?: Record<string, unknown>): Promise<Result> => {
          if (method === "sendMessageDraft") await new Promise<void>((resolve) => (land = resolve));
          return telegram.call<Result>(method, params);
        },
      };
      replies = new LiveReplies({ api, outbox, format, clock, logger: silentLogger });
      const live = start(PERSON);
      live.show("on its way");
      await clock.advance(100);
      let stopped = false;
      const stopping = live.stop().then(() => (stopped = true));
      await clock.advance(100);
      expect(stopped).to.equal(false);
      land();
      await stopping;
      expect(textsOf("sendMessageDraft")).to.deep.equal(["on its way"]);
    });

    it("aborts a hanging call after a moment and leaves no timer behind", async () => {
      telegram.decide = () => "hang";
      const live = start(PERSON);
      live.show("stuck");
      await clock.advance(100);
      const stopping = live.stop();
      await clock.advance(1_500);
      await stopping;
      expect(clock.sleeping).to.equal(0);
    });

    it("ignores text that comes later", async () => {
      const live = start(PERSON);
      await live.stop();
      live.show("too late");
      await clock.advance(60_000);
      expect(callsOf("sendMessageDraft")).to.deep.equal([]);
      expect(clock.sleeping).to.equal(0);
    });

    it("does not wait for a first message that hangs", async () => {
      telegram.decide = ({ method }) => (method === "sendMessage" ? "hang" : "ok");
      const live = start(GROUP);
      live.show("A first sentence. ");
      await clock.advance(100);
      await live.stop();
      expect(store.records.get("1:0")?.state).to.equal("sending");
    });

    it("survives a text that cannot be formatted", async () => {
      const broken = (): FormattedText => {
        throw new Error("cannot format");
      };
      replies = new LiveReplies({ api: telegram, outbox, format: broken, clock, logger: silentLogger });
      const live = start(PERSON);
      live.show("a");
      await clock.advance(1_000);
      await live.stop();
    });
  });
});
