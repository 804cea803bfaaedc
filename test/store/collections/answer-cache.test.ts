import { expect } from "chai";
import {
  type AnswerCacheStore,
  createAnswerCacheStore,
} from "../../../lib/store/collections/answers/answer-cache.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";

const NOW = new Date("2026-05-01T12:00:00Z");
const LATER = new Date("2026-05-08T12:00:00Z");
const SOURCES = [{ pageId: "en/condoms", title: "Condoms", language: "en" }];

describe("the answer cache store", () => {
  let database: TestDatabase;
  let store: AnswerCacheStore;

  before(async () => {
    database = await openTestDatabase();
    store = createAnswerCacheStore(database.db);
  });
  after(() => database.close());

  const save = (key: string, text: string, askedBy: number): Promise<void> =>
    store.save({ key, text, sources: SOURCES, model: "gemini-test", askedBy, expiresAt: LATER });

  it("finds an answer until it expires, whether or not the database has deleted it", async () => {
    await save("a", "Roll it down.", 1);
    const kept = { key: "a", text: "Roll it down.", sources: SOURCES, model: "gemini-test" };
    expect(await store.find("a", NOW)).to.deep.equal(kept);
    expect(await store.find("a", LATER)).to.equal(null);
    expect(await store.find("b", NOW)).to.equal(null);
  });

  it("keeps one answer to a question, however often it is saved", async () => {
    await save("twice", "First.", 1);
    await save("twice", "Second.", 2);
    expect((await store.find("twice", NOW))?.text).to.equal("Second.");
    expect(await database.db.collection("answer_cache").countDocuments({ _id: "twice" as never })).to.equal(
      1,
    );
  });

  it("gives a rejected answer to nobody, keeps the same text out, and takes a better one", async () => {
    const now = new Date("2026-01-01T00:00:00Z");
    const wrong = {
      key: "rejected",
      text: "Wrong.",
      sources: [],
      model: "m",
      askedBy: 7,
      expiresAt: new Date(now.getTime() + 1_000),
    };
    await store.save(wrong);
    await store.reject("Wrong.", new Date(now.getTime() + 9_000));
    expect(await store.find("rejected", now)).to.equal(null);
    await store.save(wrong);
    expect(await store.find("rejected", now)).to.equal(null);
    await store.save({ ...wrong, text: "Better." });
    expect(await store.find("rejected", now)).to.include({ text: "Better." });
  });
});
