import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { openDatabase, runningDatabaseUri } from "../../lib/app/index.ts";
import { readConfig } from "../../lib/config/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";

describe("the data folder", () => {
  let folder: string;
  let umask: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "data-folder-"));
    umask = process.umask(0);
  });

  afterEach(async () => {
    process.umask(umask);
    await rm(folder, { recursive: true });
  });

  it("is closed to other users, with the address in it by which commands join a running bot", async () => {
    await chmod(folder, 0o755);
    const draft = join(folder, "embedded-mongo.json.new");
    await writeFile(draft, "left by a crash of an earlier version", { mode: 0o666 });
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const config = readConfig({ DATA_DIR: folder });
    const database = await openDatabase(config, { clock: systemClock, logger });
    for (const name of [".", ...(await readdir(folder, { recursive: true }))]) {
      expect((await stat(join(folder, name))).mode & 0o077, name).to.equal(0);
    }
    expect(warnings).to.have.length(1);

    const client = new MongoClient((await runningDatabaseUri(config)) ?? "");
    await client.db("a").collection("b").insertOne({});
    await client.close();
    const address = await readFile(join(folder, "embedded-mongo.json"), "utf8");
    expect(address).to.include(new URL(database.uri).password);
    await database.close();
  });

  it("is rid of the copy that a killed backup left in it, but not of one in the making", async () => {
    const dead = spawnSync(process.execPath, ["--version"]).pid;
    for (const pid of [dead, process.pid]) {
      await mkdir(join(folder, `backup-${pid}`));
      await writeFile(join(folder, `backup-${pid}`, "data.mdb"), "words that were erased since");
    }
    const database = await openDatabase(readConfig({ DATA_DIR: folder }), {
      clock: systemClock,
      logger: silentLogger,
    });
    const names = await readdir(folder);
    expect(names).to.include(`backup-${process.pid}`).and.not.include(`backup-${dead}`);
    await database.close();
  });
});
