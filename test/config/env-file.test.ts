import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect } from "chai";
import { changeEnvText, readEnvFile, writeEnvFile } from "../../lib/config/index.ts";

describe("the .env file", () => {
  it("keeps comments, order and other lines when settings change", () => {
    const text = "# mine\nGEMINI_RPM=5\n\nexport HTTP_PORT=80\nOTHER=1\n";
    const changed = changeEnvText(text, { HTTP_PORT: "8081", GEMINI_RPM: null, GEMINI_API_KEY: "abc" });
    expect(changed).to.equal("# mine\n\nHTTP_PORT=8081\nOTHER=1\nGEMINI_API_KEY=abc\n");
  });

  it("reads every value back as it was written", () => {
    for (const value of ["plain", "with # hash", " spaced ", 'a"quote', "mongodb://u:p%23@h/?a=b&c='d'"]) {
      const text = changeEnvText("", { MONGODB_URI: value });
      expect(parseEnv(text)).to.deep.equal({ MONGODB_URI: value });
    }
  });

  it("is readable by its owner only, also when it was readable by others before", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helpline-env-"));
    try {
      const file = join(folder, ".env");
      expect(await readEnvFile(file)).to.equal("");
      await writeFile(file, "", { mode: 0o644 });
      await writeEnvFile(file, "A=1\n");
      expect(await readFile(file, "utf8")).to.equal("A=1\n");
      expect((await stat(file)).mode & 0o777).to.equal(0o600);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
