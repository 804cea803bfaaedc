import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { COMMANDS_BUNDLE } from "../scripts/build/bundle.js";

const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

describe("the documents", () => {
  for (const document of DOCUMENTS) {
    it(`${document} links to files and headings that exist`, () => {
      expect(localLinks(document).filter((link) => !isThere(document, link))).to.deep.equal([]);
    });

    it(`${document} names commands that exist`, () => {
      const named = [...readFileSync(document, "utf8").matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g)];
      expect(named.map(([, name = ""]) => name).filter((name) => !(name in scripts))).to.deep.equal([]);
    });
  }

  it("README.md has at most 120 lines", () => {
    expect(readFileSync("README.md", "utf8").trimEnd().split("\n").length).to.be.at.most(120);
  });
});

it("every command that npm run starts through scripts/build/run.js is built", () => {
  const started = Object.values(scripts).flatMap(
    (line) => /scripts\/build\/run\.js ([a-z-]+)/.exec(line)?.[1] ?? [],
  );
  expect(Object.keys(COMMANDS_BUNDLE.entryPoints)).to.have.members(started);
});

/** The targets of a document's links and pictures that are not addresses. */
function localLinks(document: string): string[] {
  const text = readFileSync(document, "utf8").replaceAll(/```.*?```/gs, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) =>
    /^[a-z]+:/.test(link) ? [] : [link],
  );
}

function isThere(document: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? document : join(dirname(document), path);
  try {
    if (heading === undefined) return readdirSync(dirname(target)).includes(target.split("/").at(-1) ?? "");
    return headings(target).includes(heading);
  } catch {
    return false;
  }
}

/** As GitHub makes anchors of headings. */
function headings(document: string): string[] {
  return [...readFileSync(document, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
