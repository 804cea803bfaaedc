import { expect } from "chai";
import type { Db } from "mongodb";
import { systemClock } from "../../../lib/core/index.ts";
import { openBackup, openStore, restoreArchive } from "../../../lib/store/index.ts";
import { fromBson, readTyped, toBson } from "../../../lib/store/transfer/typed-documents.ts";
import { collect } from "../../support/collect.ts";
import { openTestDatabase, type TestDatabase, testDatabaseUri } from "../../support/database.ts";

/** All of a database: documents as they are stored, and indexes. */
async function contentOf(db: Db): Promise<Record<string, unknown>> {
  const collections = await db.listCollections().toArray();
  const content: Record<string, unknown> = {};
  for (const { name } of collections.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const documents = await readTyped(db.collection(name)).toArray();
    content[name] = {
      documents: documents.map((document) => Buffer.from(toBson(document)).toString("hex")).toSorted(),
      indexes: await db.collection(name).indexes(),
    };
  }
  return content;
}

async function archiveOf(db: Db): Promise<Uint8Array[]> {
  const backup = await openBackup({ uri: await testDatabaseUri(), database: db.databaseName });
  try {
    return await collect(backup.archive());
  } finally {
    await backup.close();
  }
}

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

describe("a restore", () => {
  let from: TestDatabase;
  let to: TestDatabase;

  beforeEach(async () => {
    [from, to] = await Promise.all([openTestDatabase(), openTestDatabase()]);
    const store = await openStore({
      uri: await testDatabaseUri(),
      database: from.db.databaseName,
      maxPoolSize: 2,
      minPoolSize: 0,
      clock: systemClock,
    });
    await store.close();
    await from.db.collection("people").insertMany(
      Array.from({ length: 1_200 }, (_, index) => ({
        _id: index as never,
        name: `P${index}`,
        at: new Date(index),
      })),
    );
  });

  afterEach(() => Promise.all([from.close(), to.close()]));

  const restore = async (pieces: readonly Uint8Array[], replaces = false) =>
    await restoreArchive(streamOf(pieces), {
      uri: await testDatabaseUri(),
      database: to.db.databaseName,
      replaces,
    });
  const refusalOf = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => "no refusal",
      (error: unknown) => (error instanceof Error ? error.message : ""),
    );

  it("makes the same documents and indexes", async () => {
    const counts = await restore(await archiveOf(from.db));
    expect(counts.get("people")).to.equal(1_200);
    expect(await contentOf(to.db)).to.deep.equal(await contentOf(from.db));
  });

  it("refuses a database that is not empty, unless it may replace it", async () => {
    await to.db.collection("people").insertOne({ _id: "mine" as never });
    const archive = await archiveOf(from.db);
    expect(await refusalOf(restore(archive))).to.match(/has data already.*--replace/);
    expect(await to.db.collection("people").countDocuments()).to.equal(1);
    await restore(archive, true);
    expect(await contentOf(to.db)).to.deep.equal(await contentOf(from.db));
  });

  it("touches nothing when the file is no archive", async () => {
    await to.db.collection("people").insertOne({ _id: "mine" as never });
    expect(await refusalOf(restore([Buffer.from("hello")], true))).to.include("not an archive");
    expect(await to.db.collection("people").countDocuments()).to.equal(1);
  });

  it("that ends halfway leaves a database that no bot starts with and no backup is made of", async () => {
    const archive = Buffer.concat(await archiveOf(from.db));
    expect(await refusalOf(restore([archive.subarray(0, archive.length - 2_000)]))).to.include("cut short");
    const start = openStore({
      uri: await testDatabaseUri(),
      database: to.db.databaseName,
      maxPoolSize: 2,
      minPoolSize: 0,
      clock: systemClock,
    });
    expect(await refusalOf(start)).to.include("filled in part only");
    expect(await refusalOf(archiveOf(to.db))).to.include("filled in part only");
    expect(await refusalOf(restore([archive]))).to.include("part of an earlier restore");
    await restore([archive], true);
    expect(await contentOf(to.db)).to.deep.equal(await contentOf(from.db));
  });

  it("keeps the types of values", () => {
    const bytes = Buffer.from(toBson(fromBson(toBson({ _id: 1, b: 2.5, c: null, d: [new Date(0)] }))));
    expect(bytes).to.deep.equal(Buffer.from(toBson({ _id: 1, b: 2.5, c: null, d: [new Date(0)] })));
  });
});
