import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type Folder, openFolder } from "./support.ts";

/** In tenths; systemd calls up to 2.0 "OK", and most services are over 9. */
const MOST_EXPOSURE = 20;

describe("ops/helpline.service", () => {
  let folder: Folder;
  let unit: string;

  before(async function () {
    if (spawnSync("systemd-analyze", ["--version"]).error) {
      process.stdout.write("No systemd-analyze here: the unit is not checked.\n");
      this.skip();
    }
    folder = await openFolder();
    unit = join(folder.path, "helpline.service");
    const text = readFileSync("ops/helpline.service", "utf8");
    writeFileSync(unit, text.replace("/usr/bin/node", process.execPath));
  });
  after(() => folder?.remove());

  it("is a unit that systemd takes", () => {
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], {
      encoding: "utf8",
    });
    const about = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("helpline"));
    expect(about).to.deep.equal([]);
    expect(status).to.equal(0);
  });

  it("exposes little of the machine to an attacker who controls the bot", () => {
    const report = execFileSync("systemd-analyze", [
      "security",
      "--offline=yes",
      "--no-pager",
      `--threshold=${MOST_EXPOSURE}`,
      unit,
    ]);
    expect(report.toString()).to.match(/Overall exposure level .*: 1\.\d OK/);
  });

  it("gives the bot longer to stop than it takes, and keeps its data", () => {
    const text = readFileSync(unit, "utf8");
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).to.be.greaterThan(25);
    expect(text).to.include("StateDirectory=helpline").and.include("ProtectSystem=strict");
  });
});
