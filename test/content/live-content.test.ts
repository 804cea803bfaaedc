import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createLiveContent, type LiveContent, loadContent } from "../../lib/content/index.ts";
import { FEW_PAGES } from "../support/few-pages.ts";
import { SAMPLE } from "./temporary-content.ts";

describe("live content", () => {
  let folder: string;
  let live: LiveContent;
  const write = async (path: string, text: string): Promise<void> =>
    await writeFile(join(folder, path), text);
  const page = (text: string): string => `# Condoms\n\n${text}\n`;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helpline-live-"));
    const isLeftOut = (path: string): boolean =>
      /content.(risk|risk-examples|evaluation|unanswered)$/.test(path) ||
      (/knowledge.*\.md$/.test(path) && !FEW_PAGES.some((name) => path.endsWith(`${name}.md`)));
    await cp(SAMPLE, folder, { recursive: true, filter: (path) => !isLeftOut(path) });
    await write("knowledge/en/condoms.md", page("Old."));
    live = await createLiveContent(() => loadContent(folder));
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const condomTexts = (): string[] =>
    live.content.passages.filter(({ pageId }) => pageId === "en/condoms").map(({ text }) => text);

  it("replaces changed content, and lists the changed files", async () => {
    const { content } = live;
    await write("knowledge/en/condoms.md", page("New."));
    await write("flows/more.yaml", "title: { en: More, fr: Plus }\nsteps:\n  end: { end: true }\n");
    await rm(join(folder, "faq/wellbeing.yaml"));
    expect(await live.reload()).to.deep.equal({
      ok: true,
      changed: ["faq/wellbeing.yaml", "flows/more.yaml", "knowledge/en/condoms.md"],
    });
    expect(condomTexts()).to.deep.equal(["New."]);
    expect(content.flows.more?.title.fr).to.equal("Plus");
    expect(content.topics.map(({ id }) => id)).not.to.include("wellbeing");
  });

  it("keeps the old content when the new one has mistakes, and returns them", async () => {
    const before = live.content.version;
    await write("knowledge/en/condoms.md", page("New."));
    await write("flows/welcome.yaml", "title: { en: Hello }\n");
    const reload = await live.reload();
    expect(reload).to.have.property("ok", false);
    expect(reload)
      .to.have.property("mistakes")
      .that.includes('flows/welcome.yaml, line 1: "title.fr" is missing');
    expect(live.content.version).to.equal(before);
    expect(condomTexts()).to.deep.equal(["Old."]);
  });

  it("names at most twenty mistakes, and how many more there are", async () => {
    for (let number = 1; number <= 25; number += 1) {
      await write(`knowledge/en/page-${number}.md`, "# Only a title\n");
    }
    const reload = await live.reload();
    if (reload.ok) throw new Error("taken over");
    const lines = reload.mistakes.split("\n");
    expect(lines).to.have.length(22);
    expect(lines.at(-1)).to.equal("  … and 5 more, which npm run check-content names");
  });

  it("notifies listeners of each new version only", async () => {
    const told: string[] = [];
    live.onChange(({ version }) => told.push(version));
    expect(await live.reload()).to.deep.equal({ ok: true, changed: [] });
    await write("flows/welcome.yaml", "nonsense");
    await live.reload();
    expect(told).to.deep.equal([]);
    await cp(join(SAMPLE, "flows/welcome.yaml"), join(folder, "flows/welcome.yaml"));
    await write("knowledge/en/condoms.md", page("New."));
    await live.reload();
    expect(told).to.deep.equal([live.content.version]);
  });

  it("serializes concurrent reloads", async () => {
    await write("knowledge/en/condoms.md", page("New."));
    expect(await Promise.all([live.reload(), live.reload()])).to.deep.equal([
      { ok: true, changed: ["knowledge/en/condoms.md"] },
      { ok: true, changed: [] },
    ]);
  });
});
