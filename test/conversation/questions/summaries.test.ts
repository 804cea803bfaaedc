import { expect } from "chai";
import type { Exchange } from "../../../lib/conversation/exchange.ts";
import type { Turn } from "../../../lib/conversation/feature.ts";
import { createSummaries, type SummaryDeps } from "../../../lib/conversation/questions/summaries.ts";
import { silentLogger } from "../../../lib/core/index.ts";
import {
  type ConversationStore,
  createConversationStore,
} from "../../../lib/store/collections/people/conversations.ts";
import { createErasureStore } from "../../../lib/store/privacy/erasures.ts";
import { createPersonalDataStore } from "../../../lib/store/privacy/personal-data.ts";
import type { SessionRecord } from "../../../lib/store/records.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { pseudonym } from "../../support/pseudonym.ts";

const CHAT = "chat:-1";
const AT = new Date("2026-05-01T12:00:00Z");

describe("summaries of long conversations", () => {
  let database: TestDatabase;
  let conversations: ConversationStore;
  let requests: Parameters<SummaryDeps["summarise"]>[0][];
  let summarise: SummaryDeps["summarise"];
  let sessionId: string;

  beforeEach(async () => {
    database = await openTestDatabase();
    conversations = createConversationStore(database.db);
    requests = [];
    summarise = async () => "They talked about condoms.";
    sessionId = (await conversations.currentSession({ chatKey: CHAT, telegramUserId: 1, seq: 1, at: AT }))
      ._id;
  });
  afterEach(() => database.close());

  /** Questions and answers under the numbers from `from` to `to`. */
  const talk = async (from: number, to: number): Promise<void> => {
    for (let seq = from; seq <= to; seq += 1) {
      const at = new Date(AT.getTime() + seq);
      const base = { seq, sessionId, chatKey: CHAT, telegramUserId: 1, at };
      await conversations.addMessage({
        ...base,
        _id: `${seq}:person`,
        sender: "person",
        kind: "question",
        text: `Q${seq}`,
      });
      await conversations.addMessage({
        ...base,
        _id: `${seq}:bot`,
        sender: "bot",
        kind: "answer",
        text: `A${seq}`,
      });
    }
  };

  /** Reports the answer to `seq` as recorded; resolves when the summary has ended. */
  const answered = async (seq: number, changes: Partial<Exchange> = {}): Promise<void> => {
    const controller = new AbortController();
    let ended = (): void => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const feature = createSummaries({
      conversations: {
        ...conversations,
        async saveSummary(...change) {
          await conversations.saveSummary(...change);
          ended();
        },
      },
      async summarise(request) {
        requests.push(request);
        const text = await summarise(request);
        if (text === null) ended();
        return text;
      },
      logger: { ...silentLogger, warn: () => ended() },
      signal: controller.signal,
    });
    const session = await conversations.activeSession(CHAT);
    const exchange = { seq, chatKey: CHAT, session, person: null, ...changes } as Exchange;
    let effect = async (): Promise<unknown> => undefined;
    const afterwards = (work: () => Promise<unknown>): void => {
      effect = work;
    };
    const turn = { afterwards } as unknown as Turn;
    expect(await feature.answered?.(exchange, turn)).to.deep.equal([]);
    await effect();
    const isLong = (await conversations.history(sessionId, seq + 1, 60)).length >= 16;
    if (isLong && changes.person === undefined) await end;
  };

  it("cover all but the latest messages, and go on from one another", async () => {
    await talk(2, 9);
    await answered(9);
    expect(requests[0]?.turns.map(({ text }) => text)).to.deep.equal([
      "Q2",
      "A2",
      "Q3",
      "A3",
      "Q4",
      "A4",
      "Q5",
      "A5",
    ]);
    expect((await conversations.activeSession(CHAT))?.summary).to.deep.equal({
      text: "They talked about condoms.",
      upToSeq: 5,
      since: (await conversations.history(sessionId, 3, 2))[0]?.at,
    });
    await talk(10, 14);
    await answered(14);
    expect(requests[1]).to.deep.include({ previous: "They talked about condoms." });
    expect(requests[1]?.turns[0]?.text).to.equal("Q6");
    expect((await conversations.activeSession(CHAT))?.summary?.upToSeq).to.equal(10);
  });

  it("keep an answer with its question", async () => {
    await talk(2, 10);
    await database.db.collection<{ _id: string }>("messages").deleteOne({ _id: "10:bot" });
    await answered(10);
    expect(requests[0]?.turns.at(-1)?.text).to.equal("A5");
    expect((await conversations.activeSession(CHAT))?.summary?.upToSeq).to.equal(5);
  });

  it("are not made of a short conversation, nor of one with somebody under 18", async () => {
    await talk(2, 5);
    await answered(5);
    await talk(6, 12);
    await answered(12, { person: { _id: 1, ageGroup: "under-18" } });
    expect(requests).to.deep.equal([]);
  });

  it("leave the conversation as it is when the model is busy or the work fails", async () => {
    await talk(2, 9);
    summarise = async () => null;
    await answered(9);
    summarise = async () => {
      throw new Error("no database");
    };
    await answered(9);
    expect((await conversations.activeSession(CHAT))?.summary).to.equal(undefined);
  });

  it("are dropped when a person's words were erased while they were written, however late they are saved", async () => {
    const data = createPersonalDataStore(database.db, { pseudonym });
    const saved = conversations.saveSummary;
    let forget = async (): Promise<void> => {
      await createErasureStore(database.db).begin(1, { seq: 30, at: AT });
      await data.erase({ telegramUserId: 1, seq: 30 });
    };
    // After every look at what is there, right before the write.
    conversations.saveSummary = async (...change) => {
      await forget();
      await saved(...change);
    };
    await talk(2, 9);
    await answered(9);
    expect((await conversations.activeSession(CHAT))?.summary).to.equal(undefined);

    forget = async () => {};
    await talk(31, 38);
    await answered(38);
    expect((await conversations.activeSession(CHAT))?.summary?.upToSeq).to.equal(34);
  });

  it("are found by a later pass of the erasure, although the words are gone", async () => {
    const data = createPersonalDataStore(database.db, { pseudonym });
    await talk(2, 9);
    await createErasureStore(database.db).begin(1, { seq: 30, at: AT });
    await data.erase({ telegramUserId: 1, seq: 30 });
    const sessions = database.db.collection<SessionRecord>("sessions");
    await sessions.updateOne(
      { _id: sessionId },
      { $set: { summary: { text: "Q2", upToSeq: 5, since: AT } } },
    );
    await data.eraseRest({ telegramUserId: 1, seq: 30 }, 7);
    expect((await conversations.activeSession(CHAT))?.summary).to.equal(undefined);
  });

  it("end with their conversation", async () => {
    await talk(2, 9);
    await answered(9);
    await conversations.newSession({ chatKey: CHAT, telegramUserId: 1, seq: 20, at: AT });
    expect((await conversations.activeSession(CHAT))?.summary).to.equal(undefined);
    const read = { _id: sessionId, summary: { text: "", upToSeq: 5, since: AT } };
    await conversations.saveSummary(read, { text: "late", upToSeq: 9, since: new Date(0) });
    expect(await database.db.collection("sessions").countDocuments({ "summary.text": "late" })).to.equal(0);
  });
});
