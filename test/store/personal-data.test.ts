import { expect } from "chai";
import type { Db } from "mongodb";
import { banId } from "../../lib/store/collections/people/bans.ts";
import { OWNERS } from "../../lib/store/privacy/owners.ts";
import { createPersonalDataStore, HOLDINGS, PERSONAL } from "../../lib/store/privacy/personal-data.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { emptyDatabase } from "../support/empty-database.ts";
import { pseudonym } from "../support/pseudonym.ts";
import { sample } from "../support/thorough.ts";

const BOT = 7;
const ANN = 4711;
const BEN = 8912;
const OPERATOR = 7313;
const WRITES: ReadonlySet<unknown> = new Set(["deleteOne", "deleteMany", "updateMany"]);

describe("the personal data store", () => {
  let database: TestDatabase;

  before(async () => {
    database = await openTestDatabase();
  });
  beforeEach(async () => {
    await emptyDatabase(database.db);
    await live(ANN, 1);
    await live(BEN, 11);
  });
  after(() => database.close());

  /** Stores data of a person in every collection, from the update `seq` on. */
  async function live(id: number, seq: number): Promise<void> {
    const chatKey = `chat:${id}`;
    const documents: Record<string, object[]> = {
      people: [{ _id: id, firstSeenAt: new Date(0) }],
      sessions: [
        { _id: `${chatKey}:${seq}`, chatKey, telegramUserId: id, isActive: true, startedSeq: seq },
        {
          _id: `chat:-5:${seq}`,
          chatKey: `chat:-${seq}`,
          telegramUserId: id,
          isActive: true,
          startedSeq: seq,
          summary: {},
        },
      ],
      messages: [
        { _id: `${seq}:person`, seq, chatKey, sessionId: `${chatKey}:${seq}`, telegramUserId: id },
        { _id: `${seq + 1}:person`, seq: seq + 1, sessionId: `chat:-5:${seq}`, telegramUserId: id },
      ],
      feedback: [{ _id: `${seq}:${id}`, seq, telegramUserId: id }],
      answer_cache: [{ _id: `hash ${id}`, askedBy: id }],
      handovers: [{ _id: seq, telegramUserId: id, chatKey }],
      danger_reports: [{ _id: seq, telegramUserId: id, chatKey, name: "A" }],
      broadcasts: [
        { _id: seq, operatorId: id, cursor: 0 },
        { _id: seq + 1, operatorId: 1, cursor: id },
      ],
      barrings: [{ _id: banId(id), at: new Date(0) }],
      updates: [
        { _id: `7:${seq}`, botId: BOT, seq, chatKey, state: "done" },
        { _id: `7:${seq + 1}`, botId: BOT, seq: seq + 1, chatKey: `${chatKey}:3`, state: "dead" },
        { _id: `8:${seq}`, botId: 8, seq, chatKey, state: "received", payload: `{"id":${id}}` },
      ],
      outbox: [
        { _id: `${seq}:1`, botId: BOT, seq, chatKey, chatId: id, state: "sent" },
        { _id: `${seq}:2`, botId: 8, seq, chatKey, chatId: id, state: "pending" },
      ],
      chat_homes: [
        { _id: chatKey, fence: seq, owner: "an instance" },
        { _id: `${chatKey}:3`, fence: seq, owner: "an instance" },
      ],
    };
    expect(Object.keys(documents)).to.have.members(PERSONAL);
    for (const [name, some] of Object.entries(documents)) await database.db.collection(name).insertMany(some);
  }

  /** The collections that mention each of these people. */
  async function places(...ids: number[]): Promise<string[][]> {
    const found = ids.map((): string[] => []);
    for (const { name } of await database.db.listCollections({}, { nameOnly: true }).toArray()) {
      const documents = JSON.stringify(await database.db.collection(name).find().toArray());
      for (const [index, id] of ids.entries()) {
        if (new RegExp(`(?<!\\d)${id}(?!\\d)`).test(documents)) found[index]?.push(name);
      }
    }
    return found;
  }

  /** A database whose write number `failAt` fails. */
  function failing(failAt: number): Db {
    let writes = 0;
    const collection = (name: string) =>
      new Proxy(database.db.collection(name), {
        get(target, method) {
          const value: unknown = Reflect.get(target, method);
          if (typeof value !== "function") return value;
          return (...args: unknown[]): unknown => {
            if (WRITES.has(method)) writes += 1;
            if (WRITES.has(method) && writes === failAt) throw new Error("the process died");
            return value.apply(target, args);
          };
        },
      });
    return { collection } as unknown as Db;
  }

  it("erases the traces of a person's private chat and all its threads, and nobody else's", async () => {
    const traces = database.db.collection("traces");
    const of = (chatKey: string) => ({ _id: chatKey as never, chat: pseudonym(chatKey), trace: "{}" });
    await traces.insertMany(
      [`chat:${ANN}`, `chat:${ANN}:3`, `user:${ANN}`, `chat:${BEN}`, "chat:-5"].map(of),
    );
    await createPersonalDataStore(database.db, { pseudonym }).erase({ telegramUserId: ANN, seq: 5 });
    const kept = await traces.find().toArray();
    expect(kept.map(({ _id }) => String(_id))).to.have.members([`chat:${BEN}`, "chat:-5"]);
  });

  it("knows the owner of every collection", () => {
    expect(Object.keys(OWNERS)).to.have.members(PERSONAL);
  });

  it("shows nobody what belongs to another person or to an operator, in any collection", async () => {
    const secrets = { [ANN]: "words of Ann", [BEN]: "words of Ben", [OPERATOR]: "words of the operator" };
    await live(OPERATOR, 31);
    for (const [id, secret] of Object.entries(secrets)) await mention(Number(id), secret);
    for (const id of [ANN, BEN, OPERATOR]) {
      const data = await createPersonalDataStore(database.db, { pseudonym }).collect(id);
      expect(Object.keys(data)).to.have.members(PERSONAL);
      const shown = JSON.stringify(data);
      for (const [other, secret] of Object.entries(secrets)) {
        if (Number(other) === id) continue;
        expect(shown, `of ${other} for ${id}`).not.to.match(new RegExp(`(?<!\\d)${other}(?!\\d)`));
        expect(shown, `for ${id}`).not.to.include(secret);
      }
      expect(shown, "the operators' chat").not.to.include("-900");
    }
  });

  /** Documents that mention everybody else, in every way the bot does. */
  async function mention(id: number, secret: string): Promise<void> {
    for (const other of [ANN, BEN, OPERATOR].filter((one) => one !== id)) {
      const seq = 1_000 * id + other;
      const toOther = { botId: BOT, chatKey: `chat:${other}`, chatId: other, state: "pending", seq };
      const documents: Record<string, object[]> = {
        broadcasts: [{ _id: seq, operatorId: id, cursor: other, content: secret }],
        // What somebody says in a group that the other one's question opened.
        sessions: [
          {
            _id: `chat:-7:${seq}`,
            chatKey: `chat:-7:${seq}`,
            telegramUserId: other,
            isActive: true,
            summary: { text: secret },
          },
        ],
        handovers: [{ _id: seq, telegramUserId: id, name: secret, messages: [`-900:${seq}`] }],
        // An alert about one person, and a message of theirs, in another one's private chat.
        outbox: [
          { ...toOther, _id: `${seq}:10100`, alert: true, params: { text: `${secret} ${id}` } },
          {
            ...toOther,
            _id: `${seq}:400`,
            relayedMessageId: 7,
            params: { from_chat_id: -900, text: secret },
          },
          { botId: BOT, _id: `${seq}:1`, seq, chatKey: "chat:-900", chatId: -900, params: { text: secret } },
        ],
        updates: [{ _id: `7:${seq}`, botId: BOT, seq, chatKey: "chat:-900", state: "done", payload: secret }],
        danger_reports: [{ _id: seq, telegramUserId: id, chatKey: `chat:${id}`, name: secret }],
      };
      for (const [name, some] of Object.entries(documents))
        await database.db.collection(name).insertMany(some);
    }
  }

  it("erases all of it, whichever write was interrupted, and nothing of others", async () => {
    const [before] = await places(BEN);
    const subject = { telegramUserId: ANN, seq: 9 };
    for (const failAt of sample(Array.from({ length: 2 * HOLDINGS.length }, (_, write) => write + 1))) {
      const store = createPersonalDataStore(failing(failAt), { pseudonym });
      await store.erase(subject).catch(() => store.erase(subject));
      await store.eraseRest(subject, BOT).catch(() => store.eraseRest(subject, BOT));
      expect(await places(ANN, BEN)).to.deep.equal([[], before]);
      await database.db.collection("barrings").deleteMany({ _id: banId(ANN) as never });
      await database.db.collection("sessions").deleteMany({ telegramUserId: 0 });
      await database.db.collection("broadcasts").deleteMany({ cursor: ANN - 1 });
      await database.db.collection("updates").deleteMany({ chatKey: "erased" });
      await live(ANN, 1);
    }
  });

  it("erases the summary of a group's session they took part in", async () => {
    const store = createPersonalDataStore(database.db, { pseudonym });
    await store.erase({ telegramUserId: ANN, seq: 9 });
    const session = await database.db.collection("sessions").findOne({ chatKey: "chat:-1" });
    expect(session).to.include({ telegramUserId: 0, isActive: true }).and.not.to.have.property("summary");
  });

  it("keeps what came after the erasure", async () => {
    const store = createPersonalDataStore(database.db, { pseudonym });
    const subject = { telegramUserId: BEN, seq: 5 };
    await store.eraseRest(subject, BOT);
    expect((await store.collect(BEN)).messages).to.have.length(2);
    expect((await store.collect(BEN)).people).to.have.length(1);
  });
});
