import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { link, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { type Collection, MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { filesUnder } from "../../support/files-under.ts";

interface Note {
  _id: number;
  text: string;
  padding?: string;
}

describe("rewriting the data file of the embedded MongoDB", () => {
  let folder: string;
  let server: EmbeddedMongo;
  let client: MongoClient;
  let notes: Collection<Note>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rewriting-"));
    await start();
  });

  afterEach(async () => {
    await stop();
    await rm(folder, { recursive: true });
  });

  async function start(): Promise<void> {
    server = await startEmbeddedMongo({ path: folder, clock: systemClock, logger: silentLogger });
    client = new MongoClient(server.uri);
    notes = client.db("a").collection<Note>("notes");
  }

  async function stop(): Promise<void> {
    await client.close();
    await server.close();
  }

  /** Words of random texts that occur anywhere in the raw files. */
  async function foundOnDisk(words: readonly string[]): Promise<string[]> {
    const paths = await filesUnder(folder);
    const files = await Promise.all(paths.map((path) => readFile(path).catch(() => Buffer.alloc(0))));
    return words.filter((word) => files.some((bytes) => bytes.includes(word)));
  }

  /** Texts of every size: inside a page, on a page of its own, on several. */
  function texts(from: number, count: number): Note[] {
    return Array.from({ length: count }, (_, index) => ({
      _id: from + index,
      text: `secret-${randomUUID()}`,
      padding: randomBytes(((from + index) * 97) % 6_000).toString("latin1"),
    }));
  }

  it("leaves nothing in the files of what was deleted or replaced, and all of the rest", async () => {
    await notes.createIndex({ text: 1 });
    const all = texts(0, 150);
    await notes.insertMany(all);
    const isErased = ({ _id }: Note): boolean => _id % 3 === 0;
    await notes.deleteMany({ _id: { $in: all.filter(isErased).map(({ _id }) => _id) } });
    const replaced = all.filter(({ _id }) => _id % 3 === 1);
    for (const { _id } of replaced) await notes.updateOne({ _id }, { $set: { text: "replaced" } });
    const gone = [...all.filter(isErased), ...replaced].map(({ text }) => text);
    expect(await foundOnDisk(gone), "without a rewrite").not.to.deep.equal([]);

    await server.rewrite();
    expect(await foundOnDisk(gone)).to.deep.equal([]);
    const kept = all.filter(({ _id }) => _id % 3 === 2).map(({ text }) => text);
    expect(await foundOnDisk(kept)).to.deep.equal(kept);
    expect(await notes.countDocuments({ text: { $in: kept } })).to.equal(kept.length);
    await stop();
    await start();
    expect(await notes.find().sort({ _id: 1 }).toArray()).to.deep.equal(
      all
        .filter((note) => !isErased(note))
        .map((note) => (note._id % 3 === 1 ? { ...note, text: "replaced" } : note)),
    );
    expect(await foundOnDisk(gone)).to.deep.equal([]);
  });

  it("loses no write, no deletion and no change that happens meanwhile", async () => {
    await notes.insertMany(texts(0, 1_000));
    let isRewriting = true;
    const rewriting = (async () => {
      for (let round = 0; round < 3; round += 1) await server.rewrite();
    })().finally(() => {
      isRewriting = false;
    });
    const expected = new Map((await notes.find().toArray()).map((note) => [note._id, note.text]));
    let next = 1_000;
    const writer = async (own: number): Promise<void> => {
      for (let turn = 0; isRewriting || turn < 20; turn += 1) {
        next += 1;
        const [added] = texts(next, 1) as [Note];
        await notes.insertOne(added);
        expected.set(added._id, added.text);
        const changed = own + 5 * (turn % 200);
        if (turn % 2 === 0) {
          await notes.deleteOne({ _id: changed });
          expected.delete(changed);
        } else if (expected.has(changed)) {
          await notes.updateOne({ _id: changed }, { $set: { text: `changed ${turn}` } });
          expected.set(changed, `changed ${turn}`);
        }
      }
    };
    await Promise.all([rewriting, ...[0, 1, 2, 3, 4].map(writer)]);
    const stored = async (): Promise<Map<number, string>> =>
      new Map((await notes.find().toArray()).map((note) => [note._id, note.text]));
    expect(await stored()).to.deep.equal(expected);
    await stop();
    await start();
    expect(await stored()).to.deep.equal(expected);
  });

  it("finishes before a clean stop what was asked for", async () => {
    const [note] = texts(0, 1) as [Note];
    await notes.insertOne(note);
    await notes.deleteOne({ _id: 0 });
    const rewritten = server.rewrite();
    await stop();
    await rewritten;
    expect(await foundOnDisk([note.text])).to.deep.equal([]);
    await start();
  });

  it("is not tried on Windows, which does not replace open files", async () => {
    const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
    await notes.insertOne({ _id: 2, text: "kept" });
    const { ino } = await stat(join(folder, "data.mdb"));
    Object.defineProperty(process, "platform", { ...platform, value: "win32" });
    try {
      await server.rewrite();
      expect((await stat(join(folder, "data.mdb"))).ino).to.equal(ino);
    } finally {
      Object.defineProperty(process, "platform", platform);
    }
  });

  it("does nothing when nothing has changed since the last time", async () => {
    await notes.insertOne({ _id: 1, text: "kept" });
    await server.rewrite();
    const { ino } = await stat(join(folder, "data.mdb"));
    await server.rewrite();
    expect((await stat(join(folder, "data.mdb"))).ino).to.equal(ino);
  });

  it("that was killed before the exchange leaves the data as it was", async () => {
    await notes.insertOne({ _id: 1, text: "kept" });
    await stop();
    await writeFile(join(folder, "rewrite"), "half a copy");
    await link(join(folder, "data.mdb"), join(folder, "retired.mdb"));
    await start();
    expect(await notes.findOne({ _id: 1 })).to.deep.equal({ _id: 1, text: "kept" });
    expect(await readdir(folder))
      .not.to.include.members(["rewrite"])
      .and.not.to.include.members(["retired.mdb"]);
    await server.rewrite();
    expect(await notes.findOne({ _id: 1 })).to.deep.equal({ _id: 1, text: "kept" });
  });

  it("that was killed after the exchange is finished at the next start, the old bytes overwritten", async () => {
    await notes.insertOne({ _id: 1, text: "kept" });
    await stop();
    const retired = join(folder, "retired.mdb");
    await writeFile(retired, "an erased sentence");
    // A second name would mean that it is still the data, so a reader keeps it open instead.
    const reader = createReadStream(retired, { autoClose: false });
    await once(reader, "open");
    await start();
    expect(await readdir(folder)).not.to.include("retired.mdb");
    const bytes: Buffer[] = [];
    for await (const chunk of reader) bytes.push(chunk as Buffer);
    expect(Buffer.concat(bytes).every((byte) => byte === 0)).to.equal(true);
    expect(await notes.findOne({ _id: 1 })).to.deep.equal({ _id: 1, text: "kept" });
  });

  it("leaves the old file to another process that reads it, as a backup does, until that has ended", async () => {
    const kept = texts(0, 50);
    await notes.insertMany(kept);
    const reader = spawn(
      process.execPath,
      ["--import", "tsx", join(import.meta.dirname, "reader.ts"), folder],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    const lines = createInterface({ input: reader.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).to.equal("reading");
    let isDone = false;
    const rewritten = server.rewrite().then(() => {
      isDone = true;
    });
    while (!(await readdir(folder)).includes("retired.mdb"))
      await new Promise((resolve) => setImmediate(resolve));
    await notes.insertOne({ _id: 1_000, text: "written to the new file" });
    expect(isDone).to.equal(false);
    reader.stdin.end();
    expect((await lines.next()).value).to.equal("read all");
    await rewritten;
    expect(await readdir(folder)).not.to.include("retired.mdb");
    expect(await notes.countDocuments()).to.equal(51);
  });

  it("keeps the old file in use when the new one cannot be put in its place", async () => {
    await notes.insertOne({ _id: 1, text: "kept" });
    const data = join(folder, "data.mdb");
    await rename(data, `${data}.away`); // so that the exchange fails
    const failure = await server.rewrite().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    await rename(`${data}.away`, data);
    await notes.insertOne({ _id: 2, text: "later" });
    await server.rewrite();
    await stop();
    await start();
    expect(await notes.countDocuments()).to.equal(2);
  });
});
