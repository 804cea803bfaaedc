import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { readPlainYaml } from "../../lib/content/files/plain-yaml.ts";

/** What the package `yaml` reads, which also names the lines of mistakes. */
function read(text: string): unknown {
  return parseDocument(text).toJS();
}

describe("the quick reading of YAML", () => {
  const values = [
    ["numbers", "a: 0o17\nb: 1e3\nc: .5\nd: 017\ne: +5\nf: 1_000\ng: 0x1F\nh: -.inf"],
    [
      "words that other versions of YAML take for something else",
      "a: yes\nb: 12:30\nc: 2026-01-01\nd: ~\ne: TRUE",
    ],
    ["merge keys, which are plain keys", "<<: x"],
    ["texts over several lines", "a: 'x\n  y'\nb: |\n  t\n\nc: >-\n  z\n  q"],
    ["escapes", 'a: "\\u00e9 \\\n  b"'],
    ["a byte order mark and Windows line ends", "\ufeffa: 1\r\nb: |\r\n  t\r\n"],
    ["an inherited property's name", "__proto__: 1"],
    ["a single text", "x\ny"],
  ] as const;
  for (const [what, text] of values) {
    it(`reads ${what} as the package yaml does`, () => {
      expect(readPlainYaml(text)).to.deep.equal({ value: read(text) });
    });
  }

  it("reads the sample content as the package yaml does", async () => {
    const names = (await readdir("content", { recursive: true })).filter((name) => name.endsWith(".yaml"));
    expect(names.length).to.be.greaterThan(10);
    for (const name of names) {
      const text = await readFile(join("content", name), "utf8");
      expect(readPlainYaml(text), name).to.deep.equal({ value: read(text) });
    }
  });

  const left = [
    ["an anchor", "a: &x 1"],
    ["an alias", "a: &x 1\nb: *x"],
    ["a tag", "a: !!str 1"],
    ["a directive", "%YAML 1.1\n---\na: yes"],
    ["several documents", "a: 1\n---\nb: 2"],
    ["nothing", ""],
    ["a key that stands twice", "a: 1\na: 2"],
    ["a syntax error", "a: b: c"],
  ] as const;
  for (const [what, text] of left) {
    it(`leaves ${what} to the package yaml`, () => {
      expect(readPlainYaml(text)).to.equal(null);
    });
  }
});
