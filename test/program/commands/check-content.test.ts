import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type BuiltCommand, buildCommand } from "../../support/program/built-command.ts";

describe("npm run check-content", () => {
  let command: BuiltCommand;

  before(async () => {
    command = await buildCommand("check-content");
  });
  after(() => command.remove());

  it("summarises content without mistakes, lists unused media and warnings, and exits with 0", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helpline-content-"));
    const [content, media] = [join(folder, "content"), join(folder, "media")];
    try {
      await Promise.all([
        cp("content", content, { recursive: true }),
        cp("media", media, { recursive: true }),
      ]);
      await writeFile(join(content, "knowledge/en/the-pill.md"), "# The pill\n\nIt prevents pregnancy.\n");
      await writeFile(join(media, "calm/forgotten.pdf"), "x");
      const { code, output, errors } = await command.run([], { CONTENT_DIR: content, MEDIA_DIR: media });
      expect(errors).to.equal("");
      expect(code).to.equal(0);
      expect(output).to.match(/^The content has no mistakes\./);
      expect(output).to.include("en (default), fr");
      expect(output).to.match(/ welcome +12 steps +Getting to know each other/);
      expect(output).to.match(/ contraception +9 questions +Contraception/);
      expect(output).to.match(/media +12 files, 0\.\d MB/);
      expect(output).to.match(/ unused +calm\/forgotten\.pdf\n/);
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
      const { code, errors } = await command.run([], { CONTENT_DIR: folder });
      expect(code).to.equal(1);
      expect(errors).to.match(/^The content in ".*" has 2 mistakes:\n/);
      expect(errors).to.include("\n  locales/en.yaml: is missing; create it\n");
      expect(errors).to.include("\n  knowledge/en: has no page yet; add one, such as condoms.md\n");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("exits with 2 when there is no content, or an option is unknown", async () => {
    const missing = await command.run([], { CONTENT_DIR: "no-such-folder" });
    expect([missing.code, missing.output]).to.deep.equal([2, ""]);
    expect(missing.errors).to.equal(
      'There is no folder "no-such-folder". Set CONTENT_DIR to the folder that holds bot.yaml.\n',
    );
    const wrong = await command.run(["--nonsense"]);
    expect(wrong.code).to.equal(2);
    expect(wrong.errors).to.include("Exit codes: 0 no mistakes, warnings or not, 1 the content has mistakes");
  });
});
