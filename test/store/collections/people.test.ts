import { expect } from "chai";
import { createPeopleStore, type PeopleStore } from "../../../lib/store/collections/people/people.ts";
import { migrate } from "../../../lib/store/migrations.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { emptyDatabase } from "../../support/empty-database.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));

describe("the people store", () => {
  let database: TestDatabase;
  let people: PeopleStore;

  before(async () => {
    database = await openTestDatabase();
  });
  beforeEach(async () => {
    await emptyDatabase(database.db);
    people = createPeopleStore(database.db);
  });
  after(() => database.close());

  it("records when somebody was seen first and last, in any order of calls", async () => {
    for (const number of [5, 3, 9]) await people.seen(1, day(number));
    expect(await people.find(1)).to.deep.include({ firstSeenAt: day(3), lastSeenAt: day(9) });
  });

  it("counts a question once, however often it is repeated", async () => {
    await people.seen(1, day(1));
    const counts: unknown[] = [];
    for (const seq of [4, 4, 7, 7, 4]) {
      await people.countQuestion(1, seq);
      counts.push((await people.find(1))?.questions);
    }
    expect(counts).to.deep.equal([1, 1, 2, 2, 2]);
  });

  it("batches concurrent changes, and keeps the order of one person's", async () => {
    const ids = [1, 2, 3];
    await Promise.all([
      ...ids.flatMap((id) => [people.seen(id, day(id)), people.countQuestion(id, 4)]),
      people.countQuestion(2, 5),
      people.seen(9, day(9)),
    ]);
    const found = await Promise.all([...ids, 9].map((id) => people.find(id)));
    expect(found.map((person) => person?.questions)).to.deep.equal([1, 2, 1, undefined]);
    expect(found.map((person) => person?.firstSeenAt)).to.deep.equal([1, 2, 3, 9].map(day));
  });

  it("counts no question of an unknown person", async () => {
    await people.countQuestion(1, 4);
    expect(await people.find(1)).to.equal(null);
  });

  it("creates no profile of an unknown person who blocks the bot", async () => {
    await people.noteBlocked(1, true);
    expect(await people.find(1)).to.equal(null);
  });

  it("lists the audience of a broadcast page by page", async () => {
    for (const id of [1, 2, 3, 4, 5, 6]) await people.seen(id, day(1));
    await people.noteBlocked(2, true);
    await people.bar(4, day(2));
    await people.change(5, { hasLeft: true });
    await people.change(99, { ageGroup: "18-or-over" }); // never wrote in private
    expect(await people.audience(0, 2)).to.deep.equal([1, 3]);
    expect(await people.audience(3, 2)).to.deep.equal([6]);
    expect(await people.audienceSize()).to.equal(3);
    await people.bar(4, null);
    await people.seen(5, day(3));
    expect(await people.audienceSize()).to.equal(5);
  });

  it("takes a person who writes for one who no longer blocks the bot", async () => {
    await people.seen(1, day(1));
    await people.noteBlocked(1, true);
    await people.seen(1, day(2));
    expect(await people.audience(0, 9)).to.deep.equal([1]);
  });

  it("migrates people who wrote in private before that was recorded", async () => {
    const { db } = database;
    await db.collection("migrations").deleteMany({ _id: 7 as never });
    await db.collection("sessions").insertMany([
      { chatKey: "chat:1", telegramUserId: 1, startedAt: day(2), isActive: false },
      { chatKey: "chat:1", telegramUserId: 1, startedAt: day(8), isActive: true },
      { chatKey: "chat:-5", telegramUserId: 2, startedAt: day(8), isActive: true },
    ]);
    for (let time = 0; time < 2; time += 1) await migrate(db, new FakeClock());
    expect(await people.audience(0, 10)).to.deep.equal([1]);
    expect(await people.find(1)).to.deep.include({ firstSeenAt: day(2), lastSeenAt: day(8) });
  });
});
