import { expect } from "chai";
import { silentLogger } from "../../../lib/core/index.ts";
import { type FailedSend, type NewSend, Outbox } from "../../../lib/telegram/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { MemoryOutboxStore } from "../../support/memory-stores/outbox-store.ts";
import { pseudonym } from "../../support/pseudonym.ts";

describe("a send that fails for good", () => {
  let clock: FakeClock;
  let telegram: FakeTelegram;
  let store: MemoryOutboxStore;
  let failed: FailedSend[];
  let onFailed: (failed: FailedSend) => Promise<void>;
  let outbox: Outbox;

  beforeEach(() => {
    clock = new FakeClock();
    telegram = new FakeTelegram(clock.now);
    store = new MemoryOutboxStore();
    failed = [];
    onFailed = async (send) => void failed.push(send);
    outbox = new Outbox({
      api: telegram,
      store,
      botId: 1,
      pseudonym,
      clock,
      logger: silentLogger,
      random: () => 0.5,
      onBlocked: () => {},
      onFailed: (send) => onFailed(send),
    });
  });

  const say = (step: number, more: Partial<NewSend> = {}): NewSend => ({
    seq: 1,
    step,
    chatKey: "chat:7",
    chatId: 7,
    method: "sendMessage",
    params: { chat_id: 7, text: `text ${step}` },
    ...more,
  });
  const copy = (step: number): NewSend =>
    say(step, {
      method: "copyMessage",
      params: { chat_id: 7, from_chat_id: -9, message_id: 5, caption: "Someone from the team:" },
      relayedMessageId: 5,
    });
  const refuse = (description: string): void => {
    telegram.decide = () => ({ fails: { kind: "refused", errorCode: 400, description } });
  };

  it("is reported with what was to be sent, and whether the chat is closed", async () => {
    refuse("Bad Request: VOICE_MESSAGES_FORBIDDEN");
    await outbox.record([copy(1)]);
    await outbox.settled("1:1");
    refuse("Bad Request: chat not found");
    await outbox.record([say(2)]);
    await outbox.settled("1:2");
    telegram.decide = () => ({ fails: { kind: "blocked" } });
    await outbox.record([say(3), say(4)]);
    await outbox.settled("1:4");
    expect(failed.map(({ send, isChatClosed }) => [send.step, isChatClosed])).to.deep.equal([
      [1, false],
      [2, true],
      [3, true],
      [4, true],
    ]);
    expect(telegram.calls.map(({ method }) => method)).to.deep.equal([
      "copyMessage",
      "sendMessage",
      "sendMessage",
    ]);
  });

  it("is reported before the failure is recorded, and again when the reaction fails", async () => {
    refuse("Bad Request: chat not found");
    const states: (string | undefined)[] = [];
    onFailed = async () => {
      states.push(store.records.get("1:1")?.state);
      if (states.length === 1) throw new Error("the database is down");
    };
    await outbox.record([say(1)]);
    await clock.advance(60_000);
    expect((await outbox.settled("1:1")).state).to.equal("failed");
    expect(states).to.deep.equal(["sending", "sending"]);
  });

  it("takes along what requires it, without a word about that", async () => {
    telegram.plan({
      fails: { kind: "refused", errorCode: 400, description: "Bad Request: can't be copied" },
    });
    await outbox.record([copy(1), say(2, { requires: "1:1" }), say(3)]);
    await outbox.settled("1:3");
    expect(telegram.texts(7)).to.deep.equal(["text 3"]);
    expect(failed.map(({ send }) => send.step)).to.deep.equal([1]);
  });

  it("leaves alone what requires a send that succeeded", async () => {
    await outbox.record([say(1), say(2, { requires: "1:1" })]);
    await outbox.settled("1:2");
    expect(telegram.texts(7)).to.deep.equal(["text 1", "text 2"]);
  });
});
