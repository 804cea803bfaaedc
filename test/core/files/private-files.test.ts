import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { makePrivateFolder, silentLogger } from "../../../lib/core/index.ts";

describe("a private folder", () => {
  let place: string;
  let umask: number;
  let warnings: string[];
  const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), "private-files-"));
    warnings = [];
    umask = process.umask(0);
  });

  afterEach(async () => {
    process.umask(umask);
    await rm(place, { recursive: true });
  });

  const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

  it("is created for its owner alone, whatever the umask, and nothing is said", async () => {
    await makePrivateFolder(join(place, "a/b"), { isDeep: true, logger });
    expect(await modeOf(join(place, "a/b"))).to.equal("700");
    expect(warnings).to.deep.equal([]);
  });

  it("that others could open is closed with all that is in it, and this is said once", async () => {
    const folder = join(place, "data");
    await mkdir(join(folder, "inner"), { recursive: true, mode: 0o755 });
    await writeFile(join(folder, "inner/text"), "secret", { mode: 0o644 });
    await makePrivateFolder(folder, { isDeep: true, logger });
    expect(await modeOf(folder)).to.equal("700");
    expect(await modeOf(join(folder, "inner"))).to.equal("700");
    expect(await modeOf(join(folder, "inner/text"))).to.equal("600");
    await makePrivateFolder(folder, { isDeep: true, logger });
    expect(warnings).to.deep.equal([
      "Other users of this machine could read the data; it is closed to them now",
    ]);
  });

  it("leaves what a link points to alone", async () => {
    const folder = join(place, "data");
    await mkdir(folder);
    const elsewhere = join(place, "elsewhere");
    await writeFile(elsewhere, "public");
    await chmod(elsewhere, 0o644);
    await symlink(elsewhere, join(folder, "link"));
    await makePrivateFolder(folder, { isDeep: true, logger });
    expect(await modeOf(elsewhere)).to.equal("644");
  });
});
