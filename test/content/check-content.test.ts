import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

interface Outcome {
  code: number;
  output: string;
  errors: string;
}

/** Runs what `npm run check-content` runs. */
async function checkContent(args: string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/check-content.ts", ...args], {
    env: { PATH: process.env.PATH ?? "", ...environment },
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, output, errors };
}

describe("npm run check-content", () => {
  it("summarises content without mistakes, and lists unused media", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helpline-media-"));
    try {
      await cp("media", folder, { recursive: true });
      await writeFile(join(folder, "calm/forgotten.pdf"), "x");
      const { code, output, errors } = await checkContent([], { MEDIA_DIR: folder });
      expect(errors).to.equal("");
      expect(code).to.equal(0);
      expect(output).to.match(/^The content has no mistakes\./);
      expect(output).to.include("en (default), fr");
      expect(output).to.match(/ welcome +12 steps +Getting to know each other/);
      expect(output).to.match(/ contraception +9 questions +Contraception/);
      expect(output).to.match(/media +12 files, 0\.\d MB/);
      expect(output).to.match(/ unused +calm\/forgotten\.pdf\n/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("lists warnings, and still exits with 0", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helpline-content-"));
    try {
      await cp("content", folder, { recursive: true });
      await writeFile(join(folder, "knowledge/en/the-pill.md"), "# The pill\n\nIt prevents pregnancy.\n");
      const { code, output } = await checkContent([], { CONTENT_DIR: folder });
      expect(code).to.equal(0);
      expect(output).to.match(/^\d+ warnings:$/m);
      expect(output).to.include('  knowledge/en/the-pill.md, line 3: begins a passage with "It"');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("prints every mistake and exits with 1", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helpline-content-"));
    try {
      await writeFile(
        join(folder, "bot.yaml"),
        "name: B\nlanguages: [en]\ndefault_language: en\npersona: P\nrules: [R]\nsuggestions: { en: [] }\n",
      );
      const { code, errors } = await checkContent([], { CONTENT_DIR: folder });
      expect(code).to.equal(1);
      expect(errors).to.match(/^The content in ".*" has 2 mistakes:\n/);
      expect(errors).to.include("\n  locales/en.yaml: is missing; create it\n");
      expect(errors).to.include("\n  knowledge/en: has no page yet; add one, such as condoms.md\n");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("exits with 2 when there is no content, or an option is unknown", async () => {
    const missing = await checkContent([], { CONTENT_DIR: "no-such-folder" });
    expect([missing.code, missing.output]).to.deep.equal([2, ""]);
    expect(missing.errors).to.equal(
      'There is no folder "no-such-folder". Set CONTENT_DIR to the folder that holds bot.yaml.\n',
    );
    const wrong = await checkContent(["--nonsense"]);
    expect(wrong.code).to.equal(2);
    expect(wrong.errors).to.include("Exit codes: 0 no mistakes, warnings or not, 1 the content has mistakes");
  });
});
