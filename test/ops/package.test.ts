import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { environmentIn, type Folder, openFolder, run, sizeMb, startBot } from "./support.ts";

describe("the package that npm pack makes", () => {
  let folder: Folder;
  let options: { cwd: string; env: Record<string, string> };

  before(async () => {
    folder = await openFolder();
    execFileSync("npm", ["pack", "--silent", "--pack-destination", folder.path], { encoding: "utf8" });
    options = { cwd: folder.path, env: { ...environmentIn(folder.path), HTTP_PORT: "0" } };
    await run("npm", ["init", "--yes"], options);
    await run("npm", ["install", "--no-audit", "--no-fund", "./helpline-0.1.0.tgz"], options);
  });
  after(() => folder.remove());

  it("takes less than 100 MB with all it needs", () => {
    expect(sizeMb(join(folder.path, "node_modules"))).to.be.lessThan(100);
  });

  it("starts in an empty folder, with content and media of its own to change", async () => {
    const command = join(folder.path, "node_modules", ".bin", "helpline");
    const bot = await startBot(command, [], options);
    const page = await fetch(`${bot.url}/chat`);
    expect(page.status).to.equal(200);
    await page.text();
    expect(await bot.stop("SIGTERM")).to.equal(0);
    expect(existsSync(join(folder.path, "content", "bot.yaml"))).to.equal(true);
    expect(existsSync(join(folder.path, "media"))).to.equal(true);
    expect(await run(command, ["check-content"], options)).to.include("no mistakes");
    expect(await run(command, ["backup", "b.gz"], options)).to.include("read again");
    expect(await run(command, ["help"], options)).to.include("backup | check-content");
  });
});
