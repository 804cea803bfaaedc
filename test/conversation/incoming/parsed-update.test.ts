import { expect } from "chai";
import { parseUpdate } from "../../../lib/conversation/incoming/parsed-update.ts";
import { bindPerformanceMonitor, type KeptTrace } from "../../../lib/performance/index.ts";
import type { Update } from "../../../lib/telegram/index.ts";
import { createBench } from "../../performance/support.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { loadSample } from "../../support/sample.ts";
import { Talk } from "../talk.ts";

describe("An update as the conversation reads it", () => {
  it("is unreadable when its shape is not Telegram's, and stops no other", () => {
    const update = { update_id: 1, message: { message_id: 1, date: 0, text: "Hello" } } as Update;
    const { incoming, address } = parseUpdate(
      { seq: 1, chatKey: "kind:message", update },
      { id: 7, username: "b" },
    );
    expect(incoming.kind).to.equal("unreadable");
    expect(address).to.equal(null);
  });

  it("counts a press as made when it was stored, since Telegram gives it no time", () => {
    const from = { id: 100, is_bot: false, first_name: "Ann" };
    const message = {
      message_id: 1,
      date: 5,
      chat: { id: 100, type: "private" as const, first_name: "Ann" },
    };
    const timeOf = (fields: object): number | undefined => {
      const update = { update_id: 1, ...fields } as Update;
      const stored = { seq: 1, chatKey: "chat:100", update, arrivedAt: 9_000 };
      return parseUpdate(stored, { id: 7, username: "b" }).address?.sentAt;
    };
    expect(timeOf({ callback_query: { id: "1", from, chat_instance: "1", data: "x", message } })).to.equal(
      9_000,
    );
    expect(timeOf({ message: { ...message, from, text: "Hello" } })).to.equal(5_000);
  });

  describe("in a conversation", () => {
    let database: TestDatabase;
    let talk: Talk;
    let unbind: () => void;
    const bench = createBench();

    before(async () => {
      database = await openTestDatabase();
      talk = new Talk(database.db, await loadSample());
      unbind = bindPerformanceMonitor(bench.monitor);
    });
    after(async () => {
      unbind();
      await database.close();
    });

    it("fails when it is unreadable, so that it is tried again and given up", async () => {
      const update = { update_id: 1, message: { message_id: 1, date: 0, text: "Hello" } } as Update;
      const failure = await talk.handle(update).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(TypeError);
    });

    it("is measured by what it is, each as a trace that says which update it is about", async () => {
      await talk.say("How?");
      await talk.say("/help");
      await talk.say("/stats");
      await talk.handle(talk.press("ask:unknown"));
      await talk.handle(talk.press("age:skip"));
      await talk.handle(talk.update({ edited_message: { ...talk.message({ text: "And?" }).message } }));
      const counts = Object.entries(bench.monitor.getStats()).map(([name, { count }]) => [name, count]);
      expect(Object.fromEntries(counts)).to.include({
        process_question: 3,
        process_command: 1,
        process_stats: 1,
        process_press: 1,
      });
      const traces: readonly KeptTrace[] = bench.monitor.slowestTraces();
      expect(traces.every(({ fields }) => "update" in fields && "chat" in fields)).to.equal(true);
    });

    it("is not slow after 2 s when it is /stats, which draws a chart", () => {
      const { operations } = bench.monitor.sinceStart();
      const thresholds = Object.fromEntries(operations.map(({ name, slowMs }) => [name, slowMs]));
      expect(thresholds.process_stats)
        .to.be.above(thresholds.process_command ?? 0)
        .and.above(2_000);
    });
  });
});
