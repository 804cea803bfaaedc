import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import { type LogFields, silentLogger } from "../../../lib/core/index.ts";
import { bindPerformanceMonitor, createPerformanceMonitor } from "../../../lib/performance/index.ts";
import { type Failure, type NewSend, Outbox } from "../../../lib/telegram/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { MemoryOutboxStore } from "../../support/memory-stores/outbox-store.ts";
import { pseudonym } from "../../support/pseudonym.ts";

const unknown: Failure = { kind: "unknown" };
const notSent: Failure = { kind: "not-sent" };
const blocked: Failure = { kind: "blocked" };
const retryAfter = (seconds: number): Failure => ({
  kind: "too-many-requests",
  retryAfterMs: seconds * 1000,
});
const refusedWith = (description: string): Failure => ({ kind: "refused", errorCode: 400, description });

describe("outbox", () => {
  let clock: FakeClock;
  let telegram: FakeTelegram;
  let store: MemoryOutboxStore;
  let blockedChats: number[];
  let outbox: Outbox;

  const open = (logger = silentLogger, notice: string | null = null): Outbox =>
    new Outbox({
      api: telegram,
      store,
      botId: 1,
      pseudonym,
      clock,
      logger,
      random: () => 0.5,
      onBlocked: (chatId) => blockedChats.push(chatId),
      failureNotice: async () => notice,
    });

  beforeEach(() => {
    clock = new FakeClock();
    telegram = new FakeTelegram(clock.now);
    store = new MemoryOutboxStore();
    blockedChats = [];
    outbox = open();
  });

  const say = (chatId: number, seq: number, text: string, more: Partial<NewSend> = {}): NewSend => ({
    seq,
    step: 1,
    chatKey: `chat:${chatId}`,
    chatId,
    method: "sendMessage",
    params: { chat_id: chatId, text },
    ...more,
  });
  const state = (id: string): string | undefined => store.records.get(id)?.state;

  describe("sending", () => {
    it("sends a recorded message and keeps its outcome without its text", async () => {
      await outbox.record([say(7, 1, "hello")]);
      const settled = await outbox.settled("1:1");
      expect(telegram.texts(7)).to.deep.equal(["hello"]);
      expect(settled).to.include({ state: "sent", messageId: 1, attempts: 1 });
      expect(store.records.get("1:1")?.params).to.deep.equal({});
      expect(store.records.get("1:1")?.settledAt).to.deep.equal(new Date(clock.now()));
    });

    it("records a send as `sending` before it calls Telegram", async () => {
      const statesAtCall: (string | undefined)[] = [];
      telegram.onCall = () => statesAtCall.push(state(`${telegram.calls.length}:1`));
      await outbox.record([say(7, 1, "a"), say(7, 2, "b")]);
      await outbox.settled("2:1");
      expect(statesAtCall).to.deep.equal(["sending", "sending"]);
    });

    it("costs one insert and one update when the chat is idle", async () => {
      await outbox.record([say(7, 1, "a")]);
      await outbox.settled("1:1");
      expect(store.updates).to.equal(1);
    });

    it("keeps the order of a chat even when its first send is slow to be stored", async () => {
      const insert = store.insert.bind(store);
      store.insert = async (records) => {
        if (records[0]?.seq === 1) await clock.sleep(1000);
        return insert(records);
      };
      const recorded = Promise.all([
        outbox.record([say(7, 1, "first")]),
        outbox.record([say(7, 2, "second")]),
      ]);
      await clock.advance(1000);
      await recorded;
      await outbox.settled("2:1");
      expect(telegram.texts(7)).to.deep.equal(["first", "second"]);
    });

    it("has at most one call of a chat in flight, while other chats go on", async () => {
      telegram.decide = ({ params }) => (params.chat_id === 7 ? "hang" : "ok");
      await outbox.record([say(7, 1, "stuck"), say(7, 2, "behind")]);
      await outbox.record([say(8, 3, "free")]);
      await outbox.settled("3:1");
      expect(telegram.calls.map(({ params }) => params.text)).to.deep.equal(["stuck", "free"]);
    });

    it("sends nothing twice when the same sends are recorded again, before, during and after delivery", async () => {
      const sends = [say(7, 1, "a"), say(7, 2, "b")];
      await Promise.all([outbox.record(sends), outbox.record(sends)]);
      await outbox.record([...sends, ...sends]);
      await outbox.settled("2:1");
      await outbox.record(sends);
      await clock.advance(0);
      expect(telegram.texts(7)).to.deep.equal(["a", "b"]);
      expect(outbox.stats()).to.include({ unsettled: 0, chats: 0 });
    });

    it("reports which chats are idle", async () => {
      telegram.plan("hang");
      await outbox.record([say(7, 1, "a")]);
      expect(outbox.idle("chat:7")).to.equal(false);
      expect(outbox.idle("chat:8")).to.equal(true);
    });

    it("runs each send in the async context of its caller", async () => {
      const trace = new AsyncLocalStorage<string>();
      const seen: (string | undefined)[] = [];
      telegram.onCall = () => seen.push(trace.getStore());
      const first = trace.run("update 1", () => outbox.record([say(7, 1, "a")]));
      const second = trace.run("update 2", () => outbox.record([say(7, 2, "b")]));
      await Promise.all([first, second]);
      await outbox.settled("2:1");
      expect(seen).to.deep.equal(["update 1", "update 2"]);
    });

    it("sends a reply even when the message it answers may have been deleted", async () => {
      const params = { chat_id: 7, text: "a", reply_parameters: { message_id: 5 } };
      await outbox.record([say(7, 1, "a", { params })]);
      await outbox.settled("1:1");
      expect(telegram.calls[0]?.params.reply_parameters).to.deep.equal({
        message_id: 5,
        allow_sending_without_reply: true,
      });
    });

    it("rejects a send that cannot be stored, does not send it, and accepts it again later", async () => {
      store.away = true;
      const error = await outbox.record([say(7, 1, "a")]).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(Error);
      store.away = false;
      await outbox.record([say(7, 2, "b")]);
      await outbox.record([say(7, 1, "a")]);
      await outbox.settled("1:1");
      expect(telegram.texts(7)).to.deep.equal(["b", "a"]);
    });

    it("rejects waiting for a send that was never recorded", async () => {
      const error = await outbox.settled("99:1").catch((reason: unknown) => reason);
      expect(error).to.include({ code: "OUTBOX_NOT_UNDER_WAY" });
    });
  });

  describe("outcomes", () => {
    it("sends again after an unclear outcome, and records that it was unclear", async () => {
      telegram.plan({ appliedButFails: unknown });
      await outbox.record([say(7, 1, "a"), say(7, 2, "b")]);
      await clock.advance(0);
      expect(state("1:1")).to.equal("unknown");
      expect(telegram.texts(7)).to.deep.equal(["a"]);
      await clock.advance(1000);
      expect(telegram.texts(7)).to.deep.equal(["a", "a", "b"]);
      expect(store.records.get("1:1")).to.include({ state: "sent", attempts: 2, messageId: 2 });
    });

    it("waits longer and longer, at most half a minute, while outcomes stay unclear", async () => {
      telegram.decide = () => ({ fails: unknown });
      await outbox.record([say(7, 1, "a")]);
      await clock.advance(10 * 60_000);
      const sends = telegram.calls.filter(({ method }) => method === "sendMessage");
      const gaps = sends.map(({ at }, index) => at - (sends[index - 1]?.at ?? at)).slice(1);
      expect(gaps[0]).to.equal(375);
      expect(Math.max(...gaps)).to.be.at.most(30_000);
      expect(gaps.length).to.be.within(20, 60);
    });

    it("repeats a call that never reached Telegram without recording it as unclear", async () => {
      telegram.plan({ fails: notSent });
      await outbox.record([say(7, 1, "a")]);
      await clock.advance(0);
      expect(state("1:1")).to.equal("sending");
      await clock.advance(1000);
      expect(telegram.texts(7)).to.deep.equal(["a"]);
    });

    it("fails a send that is refused in every form and continues with the next", async () => {
      telegram.decide = ({ params }) =>
        params.text === "a" ? { fails: refusedWith("Bad Request: no") } : "ok";
      await outbox.record([say(7, 1, "a"), say(7, 2, "b")]);
      await clock.advance(1_000);
      expect(telegram.texts(7)).to.deep.equal(["b"]);
      expect(store.records.get("1:1")).to.include({ state: "failed", errorCode: "TELEGRAM_refused" });
    });

    it("tries no other form where the bot may not write, and tells nobody", async () => {
      telegram.decide = () => ({ fails: refusedWith("Bad Request: chat not found") });
      const entities = [{ type: "bold", offset: 0, length: 1 }];
      await outbox.record([say(7, 1, "a", { params: { chat_id: 7, text: "a", entities } })]);
      await clock.advance(60_000);
      expect(state("1:1")).to.equal("failed");
      expect(telegram.calls).to.have.length(1);
    });

    it("logs no person's id when a send is refused, though the steps of a broadcast are ids", async () => {
      const lines: string[] = [];
      const log = (...line: unknown[]): void => void lines.push(JSON.stringify(line));
      outbox = open({ ...silentLogger, warn: log, error: log });
      telegram.decide = () => ({ fails: refusedWith("Bad Request: no") });
      await outbox.record([say(4711, 1, "a", { step: 4711 })]);
      await clock.advance(1_000);
      expect(lines.join())
        .to.match(/refused a send/)
        .and.match(/given up/)
        .and.not.include("4711");
    });

    it("sends without formatting when Telegram refuses the formatting", async () => {
      telegram.plan({ fails: refusedWith("Bad Request: can't parse entities: ENTITY_BOUNDS_INVALID") });
      const entities = [{ type: "bold", offset: 0, length: 99 }];
      await outbox.record([say(7, 1, "a", { params: { chat_id: 7, text: "a", entities } })]);
      await outbox.settled("1:1");
      expect(telegram.chats.get(7)).to.deep.equal([{ id: 1, text: "a", entities: undefined }]);
    });

    describe("of a message that Telegram does not take", () => {
      const reply_markup = { inline_keyboard: [[{ text: "ok", callback_data: "ok" }]] };
      const reply_parameters = { message_id: 5 };
      const entities = [{ type: "bold", offset: 0, length: 1 }];
      const answer = { chat_id: 7, text: "words", entities, reply_markup, reply_parameters };
      const formsOf = (text: string) =>
        telegram.calls
          .filter(({ params }) => params.text === text)
          .map(({ params: { chat_id: _chat, text: _text, ...others } }) =>
            Object.keys(others).toSorted().join(),
          );
      const whole = "entities,reply_markup,reply_parameters";

      it("sends simpler forms until one is taken: without formatting, without buttons and reply", async () => {
        for (const [accepts, forms] of [
          ["reply_markup,reply_parameters", [whole, "reply_markup,reply_parameters"]],
          ["", [whole, "reply_markup,reply_parameters", ""]],
        ] as const) {
          telegram.calls.length = 0;
          store = new MemoryOutboxStore();
          outbox = open();
          telegram.decide = ({ params: { chat_id: _chat, text: _text, ...others } }) =>
            Object.keys(others).toSorted().join() === accepts
              ? "ok"
              : { fails: refusedWith("Bad Request: no") };
          await outbox.record([say(7, 1, "words", { params: answer })]);
          await outbox.settled("1:1");
          expect(formsOf("words")).to.deep.equal(forms);
          expect(state("1:1")).to.equal("sent");
        }
      });

      it("sends the words of an edit as a plain message at last", async () => {
        telegram.decide = ({ method }) =>
          method === "editMessageText" ? { fails: refusedWith("Bad Request: no") } : "ok";
        await outbox.record([say(7, 1, "so far", { step: 0, preview: true })]);
        await outbox.settled("1:0");
        await outbox.record([say(7, 1, "words", { params: answer, edits: "1:0" })]);
        await outbox.settled("1:1");
        expect(telegram.texts(7)).to.deep.equal(["so far", "words"]);
      });

      it("tries a plain message once more after a single refusal, such as a 404", async () => {
        telegram.plan({ fails: { kind: "refused", errorCode: 404, description: "Not Found" } });
        await outbox.record([say(7, 1, "words")]);
        await clock.advance(1_000);
        expect(telegram.texts(7)).to.deep.equal(["words"]);
      });

      it("splits a message that is too long, with the buttons below its end", async () => {
        const text = `${"a".repeat(150)}\n${"b".repeat(150)}`;
        telegram.decide = ({ params }) =>
          String(params.text).length > 200
            ? { fails: refusedWith("Bad Request: message is too long") }
            : "ok";
        await outbox.record([say(7, 1, text, { params: { ...answer, text } }), say(7, 2, "next")]);
        await outbox.settled("2:1");
        expect(telegram.texts(7)).to.deep.equal(["a".repeat(150), "b".repeat(150), "next"]);
        const sent = telegram.calls.slice(1).map(({ params }) => params);
        expect(sent[0]).to.include.keys("entities", "reply_parameters").and.not.include.keys("reply_markup");
        expect(sent[1]).to.include.keys("reply_markup", "reply_parameters");
      });

      it("sends outside a thread that was deleted", async () => {
        telegram.decide = ({ params }) =>
          "message_thread_id" in params
            ? { fails: refusedWith("Bad Request: message thread not found") }
            : "ok";
        await outbox.record([say(-7, 1, "a", { params: { chat_id: -7, message_thread_id: 3, text: "a" } })]);
        await outbox.settled("1:1");
        expect(telegram.texts(-7)).to.deep.equal(["a"]);
      });

      it("does the same for a message that always fails unclearly, then tells the chat and goes on", async () => {
        const errors: string[] = [];
        outbox = open({ ...silentLogger, error: (message) => errors.push(message) }, "Sorry, that failed.");
        telegram.decide = ({ params }) => (params.text === "words" ? { fails: unknown } : "ok");
        await outbox.record([say(7, 1, "words", { params: answer }), say(7, 2, "next")]);
        await clock.advance(60_000);
        expect([...new Set(formsOf("words"))]).to.deep.equal([whole, "reply_markup,reply_parameters", ""]);
        expect(telegram.texts(7)).to.deep.equal(["Sorry, that failed.", "next"]);
        expect(store.records.get("1:1")).to.include({ state: "failed", errorCode: "TELEGRAM_unknown" });
        expect(errors).to.deep.equal(["A send was given up"]);
        expect(outbox.stats().givenUp).to.equal(1);
        await clock.advance(15 * 60_000);
        expect(outbox.stats().givenUp).to.equal(0);
      });

      it("gives nothing up while Telegram takes no other call either", async () => {
        outbox = open(silentLogger, "Sorry, that failed.");
        telegram.decide = () => ({ fails: unknown });
        await outbox.record([say(7, 1, "words", { params: answer })]);
        await clock.advance(3 * 60 * 60_000);
        expect(new Set(formsOf("words"))).to.deep.equal(new Set([whole]));
        expect(outbox.stats().oldestMs).to.equal(3 * 60 * 60_000);
        telegram.decide = () => "ok";
        await clock.advance(30_000);
        expect(telegram.texts(7)).to.deep.equal(["words"]);
      });

      it("gives a message up after an hour when the chat cannot even be told", async () => {
        outbox = open(silentLogger, "Sorry, that failed.");
        telegram.decide = ({ method, params }) =>
          method === "sendMessage" && params.chat_id === 7 ? { fails: unknown } : "ok";
        await outbox.record([say(7, 1, "words")]);
        await clock.advance(59 * 60_000);
        expect(state("1:1")).to.equal("unknown");
        await clock.advance(2 * 60_000);
        expect(state("1:1")).to.equal("failed");
      });
    });

    it("fails a chat's waiting sends when the person blocked the bot, and tries later ones again", async () => {
      telegram.plan({ fails: blocked });
      await outbox.record([say(7, 1, "a"), say(7, 2, "b"), say(8, 3, "other")]);
      await outbox.settled("2:1");
      await outbox.settled("3:1");
      expect([state("1:1"), state("2:1"), state("3:1")]).to.deep.equal(["failed", "failed", "sent"]);
      expect(blockedChats).to.deep.equal([7]);
      await outbox.record([say(7, 4, "after unblocking")]);
      await outbox.settled("4:1");
      expect(telegram.texts(7)).to.deep.equal(["after unblocking"]);
    });

    it("keeps recording an outcome until the database is back, and only then sends the next", async () => {
      telegram.onCall = () => {
        if (telegram.calls.length === 1) store.away = true;
      };
      await outbox.record([say(7, 1, "a"), say(7, 2, "b")]);
      await clock.advance(60_000);
      expect(telegram.calls).to.have.length(1);
      store.away = false;
      await clock.advance(60_000);
      expect(telegram.texts(7)).to.deep.equal(["a", "b"]);
      expect(state("1:1")).to.equal("sent");
    });

    it("keeps trying while the token is refused", async () => {
      telegram.plan({ fails: { kind: "unauthorized" } });
      await outbox.record([say(7, 1, "a")]);
      await clock.advance(30_000);
      expect(telegram.texts(7)).to.deep.equal(["a"]);
    });
  });

  describe("stats", () => {
    it("tell the age of the oldest unsent message, also of one that an earlier run left", async () => {
      expect(outbox.stats().oldestMs).to.equal(0);
      telegram.decide = () => "hang";
      await outbox.record([say(7, 1, "stuck")]);
      await clock.advance(40_000);
      await outbox.record([say(8, 2, "later")]);
      expect(outbox.stats().oldestMs).to.equal(40_000);
      const stopped = outbox.stop(0);
      await clock.advance(20_000);
      await stopped;

      outbox = open();
      await outbox.recover();
      expect(outbox.stats().oldestMs).to.equal(60_000);
    });

    it("count the messages given up in the last ten minutes, but neither previews nor blocked chats", async () => {
      telegram.decide = ({ params }) => ({
        fails: params.chat_id === 8 ? blocked : refusedWith("Bad Request: no"),
      });
      await outbox.record([say(7, 1, "refused"), say(8, 2, "blocked"), say(9, 3, "…", { preview: true })]);
      await clock.advance(60_000);
      expect([state("1:1"), state("2:1"), state("3:1")]).to.deep.equal(["failed", "failed", "failed"]);
      expect(outbox.stats().givenUp).to.equal(1);
      clock.setWallClock(-3_600_000);
      await clock.advance(9 * 60_000 + 1_000);
      expect(outbox.stats().givenUp).to.equal(0);
    });
  });

  describe("pacing", () => {
    it("pauses only the chat that got a 429, exactly as long as asked, and sends no copy", async () => {
      telegram.plan({ fails: retryAfter(5) });
      await outbox.record([say(7, 1, "a"), say(8, 2, "b")]);
      await clock.advance(4_999);
      expect(telegram.texts(8)).to.deep.equal(["b"]);
      expect(telegram.texts(7)).to.deep.equal([]);
      expect(outbox.stats()).to.include({ pausedChats: 1, pausedBot: false });
      await clock.advance(1);
      expect(telegram.texts(7)).to.deep.equal(["a"]);
    });

    it("measures each wait, and nothing that goes at once", async () => {
      const options = { mode: "full", slowOperationMs: 60_000, logger: silentLogger } as const;
      const monitor = createPerformanceMonitor({ ...options, now: clock.now, epochMs: clock.now });
      const unbind = bindPerformanceMonitor(monitor);
      try {
        telegram.plan({ fails: retryAfter(5) });
        await outbox.record([say(7, 1, "a"), say(8, 2, "b")]);
        await clock.advance(5_000);
      } finally {
        unbind();
      }
      const { "outbox.pause": pause, ...others } = monitor.getStats();
      expect(pause).to.include({ count: 1, maxMs: 5_000 });
      expect(others).to.deep.equal({});
    });

    it("pauses the whole bot when several chats get a 429 at once", async () => {
      telegram.plan(...Array.from({ length: 3 }, () => ({ fails: retryAfter(5) })));
      await outbox.record([say(1, 1, "a"), say(2, 2, "b"), say(3, 3, "c")]);
      await clock.advance(0);
      expect(outbox.stats().pausedBot).to.equal(true);
      await outbox.record([say(4, 4, "d")]);
      await clock.advance(4_999);
      expect(telegram.calls).to.have.length(3);
      await clock.advance(1_001);
      expect([1, 2, 3, 4].flatMap((chat) => telegram.texts(chat))).to.deep.equal(["a", "b", "c", "d"]);
    });

    it("pauses the whole bot when the call that got a 429 named no chat", async () => {
      telegram.plan({ fails: retryAfter(5) });
      await outbox.record([say(7, 1, "a", { method: "setMyCommands", params: {} })]);
      await clock.advance(0);
      expect(outbox.stats().pausedBot).to.equal(true);
    });

    it("pauses no other chat when several groups get a 429 at once", async () => {
      const groups = [-1, -2, -3];
      telegram.decide = ({ params }) =>
        groups.includes(Number(params.chat_id)) ? { fails: retryAfter(20) } : "ok";
      await outbox.record(groups.map((chatId, index) => say(chatId, index + 1, "hello")));
      await clock.advance(1_500);
      await outbox.record([say(7, 4, "private"), say(-4, 5, "another group")]);
      await clock.advance(0);
      expect([telegram.texts(7), telegram.texts(-4)]).to.deep.equal([["private"], ["another group"]]);
      expect(outbox.stats()).to.include({ pausedChats: 3, pausedBot: false });
    });

    it("waits at least a second, then longer and longer, when Telegram asks for 0 s", async () => {
      telegram.decide = () => ({ fails: retryAfter(0) });
      await outbox.record([say(7, 1, "a")]);
      await clock.advance(5 * 60_000);
      const gaps = telegram.calls.map(({ at }, index) => at - (telegram.calls[index - 1]?.at ?? at)).slice(1);
      expect(gaps.slice(0, 8)).to.deep.equal([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    });

    it("begins again with a short wait once Telegram accepted a send", async () => {
      telegram.plan({ fails: retryAfter(0) }, { fails: retryAfter(0) }, "ok", { fails: retryAfter(0) });
      await outbox.record([say(7, 1, "a"), say(7, 2, "b")]);
      await clock.advance(3_000);
      expect(telegram.texts(7)).to.deep.equal(["a"]);
      await clock.advance(1_000);
      expect(telegram.texts(7)).to.deep.equal(["a", "b"]);
    });

    for (const seconds of [35_000, 3_000_000]) {
      it(`tries again within a quarter of an hour when Telegram asks for ${seconds} s`, async () => {
        telegram.plan({ fails: retryAfter(seconds) });
        await outbox.record([say(7, 1, "a")]);
        await clock.advance(15 * 60_000);
        expect(telegram.texts(7)).to.deep.equal(["a"]);
      });
    }

    it("logs and counts a pause of more than a minute once, and reports it while it lasts", async () => {
      const warnings: LogFields[] = [];
      const warn = (_message: string, fields: LogFields = {}): void => void warnings.push(fields);
      const monitor = createPerformanceMonitor({
        mode: "full",
        slowOperationMs: 60_000,
        logger: silentLogger,
      });
      const unbind = bindPerformanceMonitor(monitor);
      try {
        outbox = open({ ...silentLogger, warn });
        telegram.decide = ({ params }) => ({ fails: retryAfter(params.chat_id === 7 ? 35_000 : 30) });
        await outbox.record([say(7, 1, "a"), say(8, 2, "b")]);
        await clock.advance(0);
        expect(outbox.stats()).to.include({ pausedChats: 2, longPauses: 1, longestPauseMs: 15 * 60_000 });
        expect(warnings).to.have.length(1);
        expect(warnings[0]).to.include({ retryAfterSeconds: 35_000, nextTrySeconds: 900 });
        await clock.advance(65_000); // by now the other chat was refused for more than a minute, too
        expect(outbox.stats()).to.include({ longPauses: 2 });
        await clock.advance(60 * 60_000);
        expect(warnings).to.have.length(2);
        expect(monitor.getCounters()["outbox.long_pauses"]).to.equal(2);
        telegram.decide = () => "ok";
        await clock.advance(15 * 60_000);
        expect(outbox.stats()).to.include({ pausedChats: 0, longPauses: 0, longestPauseMs: 0 });
      } finally {
        unbind();
      }
    });

    it("is not held up by a wall clock that is set back", async () => {
      telegram.plan({ fails: retryAfter(5) });
      const many = Array.from({ length: 21 }, (_, index) => say(-5, 10 + index, `m${index}`));
      await outbox.record([say(7, 1, "a"), ...many]);
      await clock.advance(0);
      clock.setWallClock(-3_600_000);
      await clock.advance(5_000);
      expect(telegram.texts(7)).to.deep.equal(["a"]);
      await clock.advance(55_000);
      expect(telegram.texts(-5)).to.have.length(21);
    });

    it("sends a group 20 messages in any minute, and a private chat all at once", async () => {
      const many = (chatId: number): NewSend[] =>
        Array.from({ length: 25 }, (_, index) => say(chatId, Math.abs(chatId) * 100 + index, `m${index}`));
      await outbox.record([...many(-5), ...many(6)]);
      await clock.advance(59_999);
      expect(telegram.texts(6)).to.have.length(25);
      expect(telegram.texts(-5)).to.have.length(20);
      await clock.advance(1);
      expect(telegram.texts(-5)).to.have.length(25);
    });

    it("leaves part of a group's budget to answers when it sends previews", () => {
      const taken = Array.from({ length: 20 }, () =>
        outbox.takeSpare({ chatId: -5, chatKey: "chat:-5" }),
      ).filter(Boolean);
      expect(taken).to.have.length(12);
      expect(outbox.takeSpare({ chatId: 6, chatKey: "chat:6" })).to.equal(true);
    });
  });

  describe("edits and previews", () => {
    const preview = (seq: number, text: string): NewSend => say(-5, seq, text, { step: 0, preview: true });
    const final = (seq: number, text: string): NewSend => say(-5, seq, text, { edits: `${seq}:0` });

    it("edits the preview that was sent", async () => {
      await outbox.record([preview(1, "so far")]);
      await outbox.settled("1:0");
      await outbox.record([final(1, "so far and no further")]);
      await outbox.settled("1:1");
      expect(telegram.chats.get(-5)).to.deep.equal([
        { id: 1, text: "so far and no further", entities: undefined },
      ]);
      expect(store.records.get("1:1")?.messageId).to.equal(1);
    });

    it("sends the answer as a new message when there was no preview", async () => {
      await outbox.record([final(1, "answer")]);
      await outbox.settled("1:1");
      expect(telegram.texts(-5)).to.deep.equal(["answer"]);
    });

    it("treats an edit that changes nothing as a success", async () => {
      await outbox.record([preview(1, "all of it")]);
      await outbox.settled("1:0");
      await outbox.record([final(1, "all of it")]);
      expect(await outbox.settled("1:1")).to.include({ state: "sent", messageId: 1 });
    });

    it("sends a new message when the message to edit is gone", async () => {
      await outbox.record([preview(1, "so far")]);
      await outbox.settled("1:0");
      telegram.chats.set(-5, []);
      await outbox.record([final(1, "answer")]);
      await outbox.settled("1:1");
      expect(telegram.texts(-5)).to.deep.equal(["answer"]);
    });

    it("drops a preview that would have to wait, or that something waits behind", async () => {
      await outbox.record([say(-5, 1, "earlier"), preview(2, "so far"), final(2, "answer")]);
      await outbox.settled("2:1");
      expect(telegram.texts(-5)).to.deep.equal(["earlier", "answer"]);
      expect(store.records.get("2:0")).to.include({ state: "failed", errorCode: "PREVIEW_DROPPED" });
    });

    it("gives up a preview that hangs, and sends the answer", async () => {
      telegram.plan("hang");
      await outbox.record([preview(1, "so far")]);
      await outbox.record([final(1, "answer")]);
      await clock.advance(5_000);
      expect(telegram.texts(-5)).to.deep.equal(["answer"]);
      expect(state("1:0")).to.equal("failed");
    });

    it("keeps the inline keyboard of an edit and drops what only a new message can have", async () => {
      await outbox.record([preview(1, "so far")]);
      await outbox.settled("1:0");
      const reply_markup = { inline_keyboard: [[{ text: "ok", callback_data: "ok" }]] };
      const params = { chat_id: -5, text: "answer", reply_markup, reply_parameters: { message_id: 3 } };
      await outbox.record([{ ...final(1, "answer"), params }]);
      await outbox.settled("1:1");
      expect(telegram.calls[1]?.params).to.deep.include({ message_id: 1, text: "answer", reply_markup });
      expect(telegram.calls[1]?.params).not.to.have.property("reply_parameters");
    });
  });

  describe("edits without an outcome", () => {
    const edit = (seq: number, text: string): NewSend =>
      say(7, seq, text, { method: "editMessageText", params: { chat_id: 7, message_id: 1, text } });

    it("do not stay over a later edit of the message", async () => {
      await outbox.record([say(7, 1, "0 %")]);
      await clock.advance(0);
      telegram.plan({ fails: unknown });
      await outbox.record([edit(2, "50 %")]);
      await clock.advance(10_000);
      await outbox.record([edit(3, "100 %")]);
      await clock.advance(0);
      Object.assign(telegram.chats.get(7)?.[0] ?? {}, { text: "50 %" }); // its first attempt, which came late
      await clock.advance(10_000);
      expect(telegram.texts(7)).to.deep.equal(["100 %"]);
      expect(outbox.stats().unsettled).to.equal(0);
    });

    it("are confirmed by the next start if the outbox stops first", async () => {
      await outbox.record([say(7, 1, "0 %")]);
      await clock.advance(0);
      outbox.noteUnclearEdit(7, 1);
      await outbox.record([edit(2, "100 %")]);
      await clock.advance(0);
      await outbox.stop(0);
      Object.assign(telegram.chats.get(7)?.[0] ?? {}, { text: "50 %" });
      outbox = open();
      await outbox.recover();
      await clock.advance(10_000);
      expect(telegram.texts(7)).to.deep.equal(["100 %"]);
    });
  });

  describe("stopping and starting", () => {
    it("lets the call in flight finish, starts no more, and leaves the rest for the next start", async () => {
      let answer = (): void => {};
      const api = {
        call: async <Result>(method: string, params?: Record<string, unknown>): Promise<Result> => {
          await new Promise<void>((resolve) => (answer = resolve));
          return telegram.call<Result>(method, params);
        },
      };
      outbox = new Outbox({
        api,
        store,
        botId: 1,
        pseudonym,
        clock,
        logger: silentLogger,
        random: () => 0.5,
        onBlocked() {},
      });
      await outbox.record([say(7, 1, "a"), say(7, 2, "b")]);
      await clock.advance(0);
      const stopped = outbox.stop(10_000);
      answer();
      await stopped;
      expect([state("1:1"), state("2:1")]).to.deep.equal(["sent", "pending"]);
      expect(telegram.texts(7)).to.deep.equal(["a"]);
    });

    it("aborts a call that outlasts the deadline, and sends it again after the next start", async () => {
      telegram.plan("hang");
      await outbox.record([say(7, 1, "a")]);
      const waiter = outbox.settled("1:1").catch((reason: unknown) => reason);
      const stopped = outbox.stop(10_000);
      await clock.advance(10_000);
      await stopped;
      expect(await waiter).to.include({ code: "STOPPED", retryable: true });
      expect(clock.sleeping).to.equal(0);
      expect(state("1:1")).to.equal("sending");
      outbox = open();
      await outbox.recover();
      await outbox.settled("1:1");
      expect(telegram.texts(7)).to.deep.equal(["a"]);
    });

    it("ends waits of every kind at once when it stops", async () => {
      telegram.decide = ({ params }) =>
        params.chat_id === 7 ? { fails: retryAfter(60) } : { fails: unknown };
      await outbox.record([say(7, 1, "a"), say(8, 2, "b")]);
      await clock.advance(0);
      await outbox.stop(10_000);
      expect(clock.sleeping).to.equal(0);
    });

    it("keeps what is recorded while stopping for the next start", async () => {
      await outbox.stop(0);
      await outbox.record([say(7, 1, "a")]);
      expect(state("1:1")).to.equal("pending");
      expect(telegram.calls).to.have.length(0);
    });

    it("resumes in order what an earlier run left, and records a send in flight as unclear", async () => {
      const left = {
        botId: 1,
        chatKey: "chat:7",
        chatId: 7,
        method: "sendMessage",
        attempts: 1,
        createdAt: new Date(0),
      };
      const params = (text: string): Record<string, unknown> => ({ chat_id: 7, text });
      store = new MemoryOutboxStore([
        { ...left, _id: "10:1", seq: 10, step: 1, state: "pending", params: params("third") },
        { ...left, _id: "9:2", seq: 9, step: 2, state: "pending", params: params("second") },
        { ...left, _id: "9:1", seq: 9, step: 1, state: "sending", params: params("first") },
        { ...left, _id: "8:1", seq: 8, step: 1, state: "sent", params: {} },
        { ...left, _id: "7:1", seq: 7, step: 1, state: "pending", params: params("another bot's"), botId: 2 },
      ]);
      telegram.decide = () => ({ fails: notSent });
      outbox = open();
      await outbox.recover();
      await clock.advance(0);
      expect(state("9:1")).to.equal("unknown");
      telegram.decide = () => "ok";
      await clock.advance(60_000);
      expect(telegram.texts(7)).to.deep.equal(["first", "second", "third"]);
    });

    it("drops a preview that an earlier run left", async () => {
      telegram.plan("hang");
      await outbox.record([say(-5, 1, "so far", { step: 0, preview: true })]);
      const crashed = store.snapshot();
      store = new MemoryOutboxStore(crashed);
      outbox = open();
      await outbox.recover();
      await clock.advance(60_000);
      expect(store.records.get("1:0")).to.include({ state: "failed", errorCode: "PREVIEW_DROPPED" });
      expect(telegram.calls).to.have.length(1);
    });
  });
});
