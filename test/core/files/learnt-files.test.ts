import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  type LearntFiles,
  type Logger,
  openLearntFiles,
  readLearnt,
  silentLogger,
} from "../../../lib/core/index.ts";

describe("the files of what was learnt", () => {
  let folder: string;
  let warnings: string[];
  let logger: Logger;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "learnt-")), "files");
    warnings = [];
    logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  });

  afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

  async function allOf(files: LearntFiles, name: string): Promise<number[][]> {
    const found = [];
    for await (const file of files.read(name)) found.push([...file]);
    return found;
  }

  it("give back what was written, for the bot's own user only", async () => {
    const files = openLearntFiles(folder, logger);
    expect(await allOf(files, "en")).to.deep.equal([]);
    await files.write("en", Uint8Array.of(1, 2, 3));
    await files.write("en", Uint8Array.of(4, 5));
    expect(await allOf(files, "en")).to.deep.equal([[4, 5]]);
    expect(await readdir(folder)).to.deep.equal(["en.index"]);
    expect((await stat(folder)).mode & 0o777).to.equal(0o700);
    expect((await stat(join(folder, "en.index"))).mode & 0o777).to.equal(0o600);
    expect(warnings).to.deep.equal([]);
  });

  it("are shared by several instances that write at the same time, and keep nothing that one left unfinished", async () => {
    const files = openLearntFiles(folder, logger);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => files.write("en", new Uint8Array(100_000).fill(index))),
    );
    const left = join(folder, "en.index.left.new");
    await writeFile(left, "cut short");
    await utimes(left, 0, 0);
    await files.write("fr", Uint8Array.of(1));
    expect(await readdir(folder)).to.have.members(["en.index", "fr.index"]);
    expect(new Set((await allOf(files, "en"))[0])).to.have.property("size", 1);
    expect(warnings).to.deep.equal([]);
  });

  it("do without a file that cannot be read or written, and say so", async () => {
    await mkdir(join(folder, "en.index", "a-folder"), { recursive: true });
    const files = openLearntFiles(folder, logger);
    expect(await allOf(files, "en")).to.deep.equal([]);
    await files.write("en", Uint8Array.of(1));
    expect(warnings).to.have.lengthOf(2);
  });

  it("are those of the build where the bot has none that it can use", async () => {
    const built = join(folder, "..", "built");
    await openLearntFiles(built, logger).write("en", Uint8Array.of(1));
    const files = openLearntFiles(folder, logger, built);
    const usable = (wanted: number) => (file: Uint8Array) => (file[0] === wanted ? `${wanted}` : null);
    expect(await readLearnt(files, "en", usable(1))).to.equal("1");
    await files.write("en", Uint8Array.of(2));
    expect(await readLearnt(files, "en", usable(2))).to.equal("2");
    expect(await readLearnt(files, "en", usable(1))).to.equal("1");
    expect(await readLearnt(files, "en", usable(3))).to.equal(null);
    expect(await readdir(built)).to.deep.equal(["en.index"]);
  });
});
