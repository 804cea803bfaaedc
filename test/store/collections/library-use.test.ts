import { expect } from "chai";
import {
  createLibraryUseStore,
  type LibraryUseStore,
} from "../../../lib/store/collections/answers/library-use.ts";
import {
  type ConversationStore,
  createConversationStore,
  messageId,
} from "../../../lib/store/collections/people/conversations.ts";
import { createFeedbackStore } from "../../../lib/store/collections/people/feedback.ts";
import type { MessageRecord } from "../../../lib/store/records.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { emptyDatabase } from "../../support/empty-database.ts";

const LONG_AGO = new Date(0);

describe("what is kept of the library's use", () => {
  let database: TestDatabase;
  let conversations: ConversationStore;
  let use: LibraryUseStore;

  before(async () => {
    database = await openTestDatabase();
  });

  beforeEach(async () => {
    await emptyDatabase(database.db);
    conversations = createConversationStore(database.db);
    use = createLibraryUseStore(database.db);
  });

  after(() => database.close());

  async function exchange(seq: number, question: string, reply: Partial<MessageRecord>): Promise<void> {
    const both = { seq, sessionId: "s", chatKey: "chat:1", telegramUserId: seq, at: new Date(1_000 * seq) };
    await conversations.addMessage({
      ...both,
      _id: messageId(seq, "person"),
      sender: "person",
      kind: "question",
      text: question,
    });
    const answer = { _id: messageId(seq, "bot"), sender: "bot" as const, kind: "answer" as const, text: "…" };
    await conversations.addMessage({ ...both, ...answer, ...reply });
  }

  it("tells which questions had no answer, with their language, since a time", async () => {
    await exchange(1, "too long ago", { kind: "notice", unanswered: "en" });
    await exchange(2, "vasectomy?", { kind: "notice", unanswered: "en" });
    await exchange(3, "answered", { sources: ["Condoms"] });
    await exchange(4, "pas trouvé", { kind: "notice", unanswered: "fr" });
    expect(await use.unanswered(new Date(1_500), 10)).to.have.deep.members([
      { telegramUserId: 2, language: "en", text: "vasectomy?" },
      { telegramUserId: 4, language: "fr", text: "pas trouvé" },
    ]);
    expect((await use.unanswered(LONG_AGO, 1)).map(({ text }) => text)).to.deep.equal(["pas trouvé"]);
  });

  it("counts a choice in which no page suited, and no question that was taken back", async () => {
    await exchange(1, "which one?", { kind: "notice", choices: [] });
    await exchange(2, "tpyo", { kind: "notice", unanswered: "en" });
    await conversations.markUnanswered(1, "en");
    await conversations.withdraw(2);
    expect((await use.unanswered(LONG_AGO, 10)).map(({ text }) => text)).to.deep.equal(["which one?"]);
  });

  it("counts the answers and the dislikes of each page since a time", async () => {
    const feedback = createFeedbackStore(database.db);
    await exchange(1, "old", { sources: ["HIV"] });
    await exchange(2, "a", { sources: ["Condoms"] });
    await exchange(3, "b", { sources: ["Condoms", "HIV"] });
    const opinion = (answerSeq: number, telegramUserId: number) => ({
      answerSeq,
      telegramUserId,
      seq: 9,
      at: new Date(9_000),
    });
    await feedback.change(opinion(3, 3), { thumb: "down" });
    await feedback.change(opinion(3, 4), { thumb: "down" });
    await feedback.change(opinion(2, 2), { thumb: "up" });
    expect(await use.pages(new Date(1_500))).to.have.deep.members([
      { title: "Condoms", answers: 2, dislikes: 2 },
      { title: "HIV", answers: 1, dislikes: 2 },
    ]);
  });
});
