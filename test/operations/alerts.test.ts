import { expect } from "chai";
import type { Content } from "../../lib/content/index.ts";
import { type AlertParts, startAlerts } from "../../lib/operations/alerts.ts";
import { DatabaseWatch } from "../../lib/operations/database-watch.ts";
import { AlertWatch, RecentOperations } from "../../lib/performance/index.ts";
import type { NewSend } from "../../lib/telegram/index.ts";
import { type Bench, createBench } from "../performance/support.ts";
import { loadSample } from "../support/sample.ts";

const OPERATORS = -1001;
const MINUTE_MS = 60_000;

describe("alerts to the operators' chat", () => {
  let content: Content;
  let bench: Bench;
  let sent: NewSend[];
  let state: {
    inboxAgeMs: number;
    breaker: "closed" | "open";
    isDatabaseAway: boolean;
    refused: { model: string; reason: string }[];
  };
  let outbox: { oldestMs: number; givenUp: number; pausedChats: number };
  let alerts: { stop(): Promise<void> } | undefined;
  let failsToRecord: number;
  let lastSeq: number;

  before(async () => {
    content = await loadSample();
  });

  beforeEach(() => {
    bench = createBench();
    sent = [];
    state = { inboxAgeMs: 0, breaker: "closed", isDatabaseAway: false, refused: [] };
    outbox = { oldestMs: 0, givenUp: 0, pausedChats: 0 };
    failsToRecord = 0;
    lastSeq = 0;
  });
  afterEach(() => alerts?.stop());

  function start(overrides: Partial<AlertParts> = {}): void {
    const { clock, logger } = bench;
    const database = new DatabaseWatch({
      isAway: async () => state.isDatabaseAway,
      watch: new AlertWatch(() => content.bot.alerts),
      clock,
      logger,
    });
    alerts = startAlerts(
      {
        content,
        monitor: bench.monitor,
        chatId: OPERATORS,
        inboxAgeMs: () => state.inboxAgeMs,
        outbox: () => outbox,
        models: () => ({
          down: { state: state.breaker, models: ["the-model"] },
          overBudget: [],
          refused: state.refused,
        }),
        database,
        async nextSeq() {
          if (state.isDatabaseAway) throw new Error("no server");
          lastSeq += 1;
          return lastSeq;
        },
        async record(sends) {
          sent.push(...sends);
          failsToRecord -= 1;
          if (failsToRecord >= 0) throw new Error("the answer was lost");
        },
        ...overrides,
      },
      { clock, logger },
    );
  }
  const texts = (): unknown[] => sent.map(({ params }) => params.text);

  it("report the first refusal of a model at once, with the provider's sentence, and when it is over", async () => {
    start();
    state.refused = [{ model: "the-model", reason: "Your API key was reported as *leaked*." }];
    await bench.clock.advance(10_000);
    expect(texts()).to.deep.equal([
      "🔴 the-model refuses to answer, and will until you mend it. It says: Your API key was reported as *leaked*.",
    ]);
    await bench.clock.advance(90 * MINUTE_MS);
    expect(texts(), "told once, not every hour").to.have.lengthOf(1);
    state.refused = [];
    await bench.clock.advance(10_000);
    expect(texts()[1]).to.match(/^🟢 The model takes questions again, after /);
  });

  it("are judged by what all instances measured together, and come once", async () => {
    const failing = createBench();
    for (let call = 0; call < 30; call += 1)
      failing.monitor.record("telegram.sendMessage", 5, { errorCode: "X" });
    const recent = new RecentOperations(MINUTE_MS);
    recent.take(0, []);
    recent.take(1, failing.monitor.sinceStart().operations);
    const operations = recent.list();
    start({
      together: async () => ({
        operations,
        gauge: (name) => (name === "inbox.oldest_ms" ? [0, 130_000, 2_000] : [0, 0, 0]),
      }),
    });
    await bench.clock.advance(5 * MINUTE_MS);
    expect(texts()).to.have.lengthOf(2);
    expect(texts()[0]).to.match(/telegram\.sendMessage/);
    expect(texts()[1]).to.match(/The oldest message has waited for 2 min/);
  });

  it("report waiting people, and the end of it, in the operators' chat and in the log", async () => {
    start();
    state.inboxAgeMs = 130_000;
    await bench.clock.advance(5 * MINUTE_MS);
    expect(texts()).to.deep.equal([
      "🔴 People are waiting. The oldest message has waited for 2 min; the limit is 60 s.",
    ]);
    expect(sent[0]).to.deep.include({ chatId: OPERATORS, chatKey: "chat:-1001", method: "sendMessage" });
    expect(sent[0]?.params.entities, "bold").to.deep.equal([{ type: "bold", offset: 3, length: 19 }]);
    expect(bench.warnings.map(({ message }) => message)).to.deep.equal(["Alert: inbox_age"]);
    state.inboxAgeMs = 0;
    await bench.clock.advance(MINUTE_MS);
    expect(texts()[1]).to.match(/^🟢 Nobody has to wait long any more\. It took 5 min/);
    expect(bench.infos).to.deep.equal(["Alert over: inbox_age"]);
  });

  it("report unsent answers, with the paused chats, and messages that were given up", async () => {
    start();
    outbox = { oldestMs: 130_000, givenUp: 3, pausedChats: 2 };
    await bench.clock.advance(MINUTE_MS);
    expect(texts()).to.have.length(2);
    expect(texts()[0]).to.match(/not been sent for 2 min; the limit is 60 s\. .*paused: 2\./);
    expect(texts()[1]).to.match(/Given up in the last 10 minutes: 3\./);
    outbox = { oldestMs: 0, givenUp: 0, pausedChats: 0 };
    await bench.clock.advance(MINUTE_MS);
    expect(texts()[2]).to.match(/^🟢 Answers reach people again\./);
    expect(texts()[3]).to.match(/^🟢 No message was given up/);
  });

  it("use limits that were reloaded while the bot runs", async () => {
    const live = { bot: content.bot, translate: content.translate };
    start({ content: live });
    live.bot = { ...content.bot, alerts: { ...content.bot.alerts, inboxAgeMs: 300_000 } };
    state.inboxAgeMs = 130_000;
    await bench.clock.advance(5 * MINUTE_MS);
    expect(texts()).to.deep.equal([]);
  });

  it("report slow answers, with the part that most of their time goes to", async () => {
    start();
    const { monitor, clock } = bench;
    const question = () =>
      monitor.trace("process_question", {}, () => monitor.measure("model", () => clock.sleep(25_000)));
    for (let asked = 0; asked < 8; asked += 1) void question();
    await clock.advance(MINUTE_MS);
    const [text] = texts();
    expect(text).to.match(/^🔴 Answers are slow\..*took 2[45](\.\d)? s or longer; the limit is 20\.0 s\./);
    expect(text).to.match(/model \(100 % of it\)/);
    await clock.advance(10 * MINUTE_MS);
    for (let asked = 0; asked < 8; asked += 1) monitor.record("process_question", 200);
    await clock.advance(MINUTE_MS);
    expect(texts()[1]).to.match(/^🟢 Answers are quick again/);
  });

  it("report the failing operation and its error", async () => {
    start();
    await bench.clock.advance(15_000);
    for (let call = 0; call < 40; call += 1) {
      bench.monitor.record("model", 10, call % 4 === 0 ? { errorCode: "GEMINI_500" } : {});
    }
    await bench.clock.advance(MINUTE_MS);
    expect(texts()).to.have.length(1);
    expect(texts()[0]).to.match(/25\.0 % of model failed, mostly with GEMINI_500; the limit is 5\.00 %/);
  });

  it("report a database outage, and what else happened meanwhile, once the database is back", async () => {
    start();
    state.isDatabaseAway = true;
    state.breaker = "open";
    await bench.clock.advance(5 * MINUTE_MS);
    expect(texts()).to.deep.equal([]);
    expect(bench.warnings.map(({ message }) => message)).to.include("Alert: database");
    expect(bench.infos).not.to.include("Alert over: database");
    state.isDatabaseAway = false;
    await bench.clock.advance(MINUTE_MS);
    expect(texts()[0]).to.match(/^🔴 the-model keeps failing/);
    expect(texts()[1]).to.match(/^🟢 The database answers again. It was away for 5 min, since 20\d\d-/);
    expect(bench.infos).to.include("Alert over: database");
  });

  it("retry under the same number when it is unclear whether one was stored", async () => {
    start();
    failsToRecord = 1;
    state.breaker = "open";
    await bench.clock.advance(2 * MINUTE_MS);
    expect(sent.map(({ seq }) => seq)).to.deep.equal([1, 1]);
    expect(new Set(texts()).size).to.equal(1);
  });

  describe("when another instance goes on with them", () => {
    let left: string | undefined;
    const notes = {
      read: async () => left,
      async leave(text: string) {
        left = text;
        return true;
      },
    };
    const next = async (): Promise<void> => {
      await alerts?.stop();
      start({ notes });
    };

    beforeEach(() => {
      left = undefined;
    });

    it("are not repeated, and end once, with the time since they began", async () => {
      start({ notes });
      state.breaker = "open";
      await bench.clock.advance(MINUTE_MS);
      expect(texts()).to.have.lengthOf(1);
      for (let instance = 0; instance < 3; instance += 1) {
        await next();
        await bench.clock.advance(5 * MINUTE_MS);
      }
      expect(texts()).to.have.lengthOf(1);
      state.breaker = "closed";
      await bench.clock.advance(MINUTE_MS);
      await next();
      await bench.clock.advance(5 * MINUTE_MS);
      expect(texts()).to.have.lengthOf(2);
      expect(texts()[1]).to.match(/^🟢 .* 16 min/);
      state.breaker = "open"; // within the hour
      await next();
      await bench.clock.advance(5 * MINUTE_MS);
      expect(texts()).to.have.lengthOf(2);
    });

    it("are sent by that one, under the same number, when the first died before it was sure", async () => {
      start({ notes });
      failsToRecord = 1;
      state.breaker = "open";
      await bench.clock.advance(39_000);
      expect(sent).to.have.lengthOf(1);
      await next();
      await bench.clock.advance(MINUTE_MS);
      expect(new Set(sent.map(({ seq }) => seq)).size).to.equal(1);
      expect(sent).to.have.lengthOf(2);
      await next();
      await bench.clock.advance(MINUTE_MS);
      expect(sent, "recorded for sure now").to.have.lengthOf(2);
    });

    it("are not sent by one that has lost its lease", async () => {
      start({ notes: { ...notes, leave: async () => false } });
      state.breaker = "open";
      await bench.clock.advance(MINUTE_MS);
      expect(texts()).to.deep.equal([]);
    });
  });

  it("are only logged without an operators' chat", async () => {
    start({ chatId: undefined });
    state.breaker = "open";
    await bench.clock.advance(2 * MINUTE_MS);
    expect(texts()).to.deep.equal([]);
    expect(bench.warnings.map(({ message }) => message)).to.deep.equal(["Alert: breaker"]);
  });
});
