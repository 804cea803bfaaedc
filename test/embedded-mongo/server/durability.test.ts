import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { OperatorError, silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { findDamage } from "../../../lib/embedded-mongo/storage/data-file.ts";

/** Overwrites bytes of a file with random ones. */
async function overwrite(file: string, from: number, to: number): Promise<void> {
  const bytes = await readFile(file);
  randomBytes(to - from).copy(bytes, from);
  await writeFile(file, bytes);
}

interface Thing {
  _id: number;
  n: number;
  tag?: string;
}

describe("the embedded MongoDB on disk", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "embedded-mongo-test-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  function start(): Promise<EmbeddedMongo> {
    return startEmbeddedMongo({ path: folder, clock: systemClock, logger: silentLogger });
  }

  async function withClient<Result>(
    server: EmbeddedMongo,
    act: (client: MongoClient) => Promise<Result>,
  ): Promise<Result> {
    const client = new MongoClient(server.uri);
    try {
      return await act(client);
    } finally {
      await client.close();
      await server.close();
    }
  }

  it("keeps its data across restarts", async () => {
    await withClient(await start(), async (client) => {
      await client.db("a").collection<Thing>("things").insertOne({ _id: 1, n: 5 });
      await client.db("a").collection<Thing>("things").createIndex({ n: 1 });
    });
    await withClient(await start(), async (client) => {
      const things = client.db("a").collection<Thing>("things");
      expect(await things.find().toArray()).to.deep.equal([{ _id: 1, n: 5 }]);
      expect((await things.indexes()).map(({ name }) => name)).to.deep.equal(["_id_", "n_1"]);
    });
  });

  /** Stores enough for a tree of several levels, and a value on overflow pages. */
  async function fill(): Promise<void> {
    await withClient(await start(), async (client) => {
      const things = client.db("a").collection<Thing>("things");
      const tag = "x".repeat(200);
      await things.insertMany(Array.from({ length: 2_000 }, (_, n) => ({ _id: n, n, tag })));
      await things.insertOne({ _id: -1, n: -1, tag: tag.repeat(100) });
    });
  }

  const DAMAGES: Record<string, (file: string, size: number) => Promise<void>> = {
    "cut in half": (file, size) => truncate(file, size / 2),
    "cut by one byte": (file, size) => truncate(file, size - 1),
    "cut within its header": (file) => truncate(file, 5_000),
    "overwritten by random bytes": (file) => writeFile(file, randomBytes(100_000)),
    "overwritten by zeros": (file, size) => writeFile(file, Buffer.alloc(size)),
    "overwritten at its start": (file) => overwrite(file, 0, 100_000),
    "overwritten behind its header": (file, size) => overwrite(file, 8_192, size),
    "overwritten by text": (file) => writeFile(file, "not a database\n".repeat(10_000)),
  };

  for (const [damage, harm] of Object.entries(DAMAGES)) {
    it(`says in one line that its data file is damaged and what to do when it was ${damage}`, async () => {
      await fill();
      const file = join(folder, "data.mdb");
      await harm(file, (await stat(file)).size);
      const refusal = await start().catch((error: unknown) => error);
      expect(refusal).to.be.instanceOf(OperatorError);
      expect((refusal as Error).message)
        .to.match(/^The data file .*data\.mdb is damaged: .* Restore .* from a backup/)
        .and.not.include("\n");
    });
  }

  it("finds a single overwritten page of those in use, and no damage in an intact file", async () => {
    await fill();
    const file = join(folder, "data.mdb");
    expect(await findDamage(file)).to.equal(undefined);
    const intact = await readFile(file);
    let found = 0;
    const pages = intact.length / 4_096;
    for (let page = 0; page < pages; page += 1) {
      const bytes = Buffer.from(intact);
      randomBytes(4_096).copy(bytes, page * 4_096);
      await writeFile(file, bytes);
      if ((await findDamage(file)) !== undefined) found += 1;
    }
    expect(found, `of ${pages} pages`).to.be.greaterThan(pages * 0.9); // the others are free, or a value's later pages
  });

  it("refuses a second process on the same folder in one line, and admits it once the first has ended", async () => {
    const first = await start();
    try {
      await start();
      expect.fail("both started");
    } catch (error) {
      expect(error).to.be.instanceOf(OperatorError);
      expect(String(error)).to.include(folder).and.include(String(process.pid)).and.not.include("\n");
    }
    await first.close();
    await (await start()).close();
  });

  it("starts despite a dead owner's file: a reused process id, another server's port, half a file", async () => {
    const foreign = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    const stale = [
      JSON.stringify({ pid: process.pid, port: 1, token: "x" }),
      JSON.stringify({ pid: process.ppid, port: foreign.port, token: "x" }),
      JSON.stringify({ pid: 2 ** 22 + 1, port: foreign.port, token: "x" }),
      '{"pid": 1, "po',
      "",
    ];
    for (const [index, content] of stale.entries()) {
      await writeFile(join(folder, `owner.${1 + 2 * index}.json`), content);
      await (await start()).close();
    }
    await foreign.close();
  });

  it("starts on the port that a dead owner of the same process id had", async () => {
    const first = await start();
    const { port } = first;
    await first.close();
    const second = await startEmbeddedMongo({ path: folder, port, clock: systemClock, logger: silentLogger });
    expect(second.port).to.equal(port);
    await second.close();
  });

  it("admits one of many that find a dead owner at the same time", async () => {
    for (let round = 0; round < 5; round += 1) {
      const dead = { pid: process.pid, port: 1, token: `dead-${round}` };
      await writeFile(join(folder, `owner.${1 + 2 * round}.json`), JSON.stringify(dead));
      const starts = await Promise.allSettled(Array.from({ length: 6 }, start));
      const servers = starts.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      for (const server of servers) await server.close();
      expect(servers).to.have.length(1);
      expect((await readdir(folder)).filter((name) => name.startsWith("owner"))).to.have.length(1);
    }
  });

  it("leaves nothing behind when it is temporary", async () => {
    const { TMPDIR } = process.env;
    process.env.TMPDIR = folder;
    try {
      const server = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
      expect(await readdir(folder)).to.have.length(1);
      await withClient(server, (client) => client.db("a").collection("b").insertOne({}));
      expect(await readdir(folder)).to.deep.equal([]);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
  });

  it("says when its port is taken", async () => {
    const first = await start();
    try {
      await startEmbeddedMongo({ port: first.port, clock: systemClock, logger: silentLogger });
      expect.fail("both started");
    } catch (error) {
      expect(error).to.be.instanceOf(OperatorError);
    } finally {
      await first.close();
    }
  });
});
