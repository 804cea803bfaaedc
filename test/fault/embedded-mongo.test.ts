import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";

interface Thing {
  _id: number;
  n: number;
  tag?: string;
}

describe("the embedded MongoDB on disk, killed while it writes", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "embedded-mongo-test-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** Lets a process write until enough writes are acknowledged, then kills it. @returns the acknowledged writes */
  async function killWhileWriting(acknowledgements: number, ...options: string[]): Promise<string[]> {
    const child: ChildProcess = spawn(
      process.execPath,
      ["--import", "tsx", join(import.meta.dirname, "embedded-mongo-writer.ts"), folder, ...options],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const exited = once(child, "exit");
    const lines: string[] = [];
    if (!child.stdout) throw new Error("no output");
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length === acknowledgements) child.kill("SIGKILL");
    }
    expect(await exited).to.deep.equal([null, "SIGKILL"]);
    return lines;
  }

  it("has every acknowledged write after kill -9, and indexes that agree with the documents", async () => {
    const promised: string[] = [];
    for (const acknowledgements of [40, 111]) promised.push(...(await killWhileWriting(acknowledgements)));
    for (const acknowledgements of [30, 77, 160]) {
      promised.push(...(await killWhileWriting(acknowledgements, "rewriting")));
    }
    const server = await startEmbeddedMongo({ path: folder, clock: systemClock, logger: silentLogger });
    const client = new MongoClient(server.uri);
    try {
      const things = client.db("crash").collection<Thing>("things");
      const byId = new Map((await things.find().toArray()).map((thing) => [thing._id, thing]));
      for (const line of promised) {
        const [what, id] = line.split(" ");
        const thing = byId.get(Number(id));
        expect(thing, line).to.include({ n: Number(id) });
        if (what === "updated") expect(thing, line).to.include({ tag: `t${Number(id) % 3}` });
      }
      const ids = [...byId.keys()].toSorted((a, b) => a - b);
      const byIndex = await things
        .find({ n: { $gt: 0 } })
        .sort({ n: 1 })
        .toArray();
      expect(byIndex.map(({ _id }) => _id)).to.deep.equal(ids);
      for (const tag of ["t0", "t1", "t2"]) {
        const tagged = await things.find({ tag }).sort({ n: -1 }).toArray();
        const expected = ids.filter((id) => byId.get(id)?.tag === tag).toReversed();
        expect(tagged.map(({ _id }) => _id)).to.deep.equal(expected);
      }
    } finally {
      await client.close();
      await server.close();
    }
  });
});
