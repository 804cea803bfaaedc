import { expect } from "chai";
import { silentLogger } from "../../../lib/core/index.ts";
import { type NewSend, Outbox } from "../../../lib/telegram/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { MemoryOutboxStore } from "../../support/memory-stores/outbox-store.ts";
import { pseudonym } from "../../support/pseudonym.ts";

const OPERATORS = -9;

describe("urgent sends in the operators' chat", () => {
  let clock: FakeClock;
  let telegram: FakeTelegram;
  let store: MemoryOutboxStore;
  let outbox: Outbox;
  let seq = 0;

  beforeEach(() => {
    clock = new FakeClock();
    telegram = new FakeTelegram(clock.now);
    store = new MemoryOutboxStore();
    outbox = open();
  });
  afterEach(stop);

  async function stop(): Promise<void> {
    const stopped = outbox.stop(0);
    await clock.advance(0);
    await stopped;
  }

  function open(): Outbox {
    return new Outbox({
      api: telegram,
      store,
      botId: 1,
      pseudonym,
      clock,
      logger: silentLogger,
      random: () => 0.5,
      onBlocked: () => {},
      hasReserve: (chatId) => chatId === OPERATORS,
    });
  }

  function send(text: string, more: Partial<NewSend> = {}, chatId = OPERATORS): NewSend {
    seq += 1;
    const params = { chat_id: chatId, text };
    return { seq, step: 1, chatKey: `chat:${chatId}`, chatId, method: "sendMessage", params, ...more };
  }
  const texts = () => telegram.texts(OPERATORS);
  const record = (...sends: NewSend[]) => outbox.record(sends);

  it("go before everything that waits, most urgent first", async () => {
    await record(...Array.from({ length: 30 }, (_, index) => send(`line ${index}`)));
    await clock.advance(100);
    const before = texts().length;
    await record(send("relay", { urgency: "relay", source: 1 }));
    await record(send("request", { urgency: "request", source: 2 }));
    await record(send("danger", { urgency: "danger" }));
    await clock.advance(1_000);
    expect(texts().slice(before)).to.deep.equal(["danger", "request", "relay"]);
  });

  it("find a place when the minute's other messages are used up", async () => {
    await record(
      ...Array.from({ length: 40 }, (_, index) => send(`r${index}`, { urgency: "relay", source: 1 })),
    );
    await clock.advance(1_000);
    for (let second = 0; second < 20; second += 4) {
      await record(send(`danger ${second}`, { urgency: "danger" }));
      await clock.advance(4_000);
      expect(texts()).to.include(`danger ${second}`);
    }
    for (let minute = 0; minute < 20; minute += 1) await clock.advance(60_000);
    expect(texts()).to.have.lengthOf(45);
    const sentAt = telegram.calls.map(({ at }) => at);
    for (const at of sentAt) {
      expect(sentAt.filter((other) => other >= at && other < at + 60_000).length).to.be.at.most(20);
    }
  });

  it("overtake a send that is tried again and again, which goes on afterwards", async () => {
    telegram.decide = ({ params }) => (params.text === "poison" ? { fails: { kind: "unknown" } } : "ok");
    await record(send("poison", { urgency: "relay", source: 1 }));
    await clock.advance(4_000);
    const tries = () => telegram.calls.filter(({ params }) => params.text === "poison").length;
    const before = tries();
    expect(before).to.be.greaterThan(1);
    await record(send("danger", { urgency: "danger" }));
    await clock.advance(0);
    expect(texts()).to.deep.equal(["danger"]);
    telegram.decide = () => "ok";
    await clock.advance(60_000);
    expect(texts()).to.deep.equal(["danger", "poison"]);
    expect(store.records.get(`${seq - 1}:1`)?.attempts).to.equal(tries());
  });

  it("of one source do not hold up those of others, and keep their order", async () => {
    telegram.plan("hang");
    await record(send("hangs", { urgency: "relay", source: 9 }));
    for (let index = 0; index < 5; index += 1)
      await record(send(`a${index}`, { urgency: "relay", source: 1 }));
    await record(send("b0", { urgency: "relay", source: 2 }));
    await record(send("b1", { urgency: "relay", source: 2 }));
    const album = send("c0", { urgency: "relay", source: 3 });
    await record(album, { ...album, step: 2, params: { ...album.params, text: "c0 too" } });
    await stop();
    outbox = open();
    await outbox.recover();
    await clock.advance(1_000);
    expect(texts()).to.deep.equal(["hangs", "a0", "b0", "c0", "c0 too", "a1", "b1", "a2", "a3", "a4"]);
  });

  it("change nothing for other chats", async () => {
    await record(...Array.from({ length: 20 }, (_, index) => send(`line ${index}`, {}, -5)));
    await clock.advance(1_000);
    expect(telegram.texts(-5)).to.have.lengthOf(20);
  });
});
