import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { isEncrypted, readBackupFile, writeBackupFile } from "../../../lib/app/data/backup-file.ts";
import { collect } from "../../support/collect.ts";

const PASSPHRASE = "four words of mine";
/** Little work, since the tests run scrypt without the optimizations of the build. */
const ENCRYPTION = { passphrase: PASSPHRASE, workFactor: 4 };
const TEXT = "content of a backup ".repeat(20_000);

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < TEXT.length; at += 1_000) yield Buffer.from(TEXT.slice(at, at + 1_000));
}

async function refusal(work: Promise<unknown>): Promise<Error> {
  return await work.then(
    () => new Error("not refused"),
    (error: unknown) => error as Error,
  );
}

describe("a backup's file", () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-backup-"));
    file = join(folder, "backup.gz");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const read = async (passphrase?: string): Promise<string> =>
    Buffer.concat(await collect(readBackupFile(file, passphrase))).toString();

  it("is compressed, complete, and readable by its owner only", async () => {
    await writeBackupFile(file, pieces());
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(gunzipSync(await readFile(file)).toString()).to.equal(TEXT);
    expect(await read()).to.equal(TEXT);
    expect(await isEncrypted(file)).to.equal(false);
    expect(await readdir(folder)).to.deep.equal(["backup.gz"]);
  });

  it("is encrypted with a passphrase, as by age", async () => {
    await writeBackupFile(file, pieces(), ENCRYPTION);
    const stored = (await readFile(file)).toString("latin1");
    expect(stored).to.match(/^age-encryption\.org\/v1\n-> scrypt /);
    expect(await isEncrypted(file)).to.equal(true);
    expect(await read(PASSPHRASE)).to.equal(TEXT);
    expect((await refusal(read("another one of mine"))).message).to.include("The passphrase is not the one");
    expect((await refusal(read())).message).to.include("give its passphrase");
  });

  it("is not used when it was changed or cut short", async () => {
    await writeBackupFile(file, pieces(), ENCRYPTION);
    const stored = await readFile(file);
    await writeFile(file, stored.subarray(0, stored.length - 10));
    expect((await refusal(read(PASSPHRASE))).message).to.match(/^The backup cannot be used/);
    stored[stored.length - 100] = (stored[stored.length - 100] ?? 0) ^ 1;
    await writeFile(file, stored);
    expect((await refusal(read(PASSPHRASE))).message).to.match(/^The backup cannot be used/);
  });

  it("that was not compressed is read as well", async () => {
    await writeFile(file, TEXT);
    expect(await read()).to.equal(TEXT);
  });

  it("never takes the place of another, and is gone when it is not complete", async () => {
    await writeFile(file, "an earlier one");
    expect((await refusal(writeBackupFile(file, pieces()))).message).to.include("is there already");
    expect(await readFile(file, "utf8")).to.equal("an earlier one");
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error("the database went away");
    }
    const failed = await refusal(writeBackupFile(join(folder, "new.gz"), failing()));
    expect(failed.message).to.equal("the database went away");
    expect(await readdir(folder)).to.deep.equal(["backup.gz"]);
    const unwritable = await refusal(writeBackupFile(join(folder, "missing", "new.gz"), pieces()));
    expect(unwritable.message).to.include("cannot be written");
  });
});
