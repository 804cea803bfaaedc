import { expect } from "chai";
import { loadChanged, mistakesOf } from "../temporary-content.ts";

const MAX_LENGTH = 1200;

/** The passages of an English page. */
async function passagesOf(markdown: string) {
  const { passages } = await loadChanged({ "knowledge/en/page.md": markdown });
  return passages.filter(({ pageId }) => pageId === "en/page");
}

describe("knowledge pages", () => {
  it("are cut at their headings, each passage knowing its page, title and section", async () => {
    const passages = await passagesOf(
      "# The title\n\nBefore.\n\n## One\n\nFirst.\n\n- a\n- b\n\n### Two\n\nSecond.\n",
    );
    expect(passages).to.deep.equal([
      { id: "en/page#1", pageId: "en/page", language: "en", title: "The title", text: "Before." },
      {
        id: "en/page#2",
        pageId: "en/page",
        language: "en",
        title: "The title",
        section: "One",
        text: "First.\n\n- a\n- b",
      },
      {
        id: "en/page#3",
        pageId: "en/page",
        language: "en",
        title: "The title",
        section: "Two",
        text: "Second.",
      },
    ]);
  });

  it("may have their title in front matter, and a comment that nobody sees", async () => {
    const passages = await passagesOf("---\ntitle: From above\n---\n<!-- check\nin May -->\nText.\n");
    expect(passages.map(({ title, text }) => [title, text])).to.deep.equal([["From above", "Text."]]);
  });

  it("may carry the words people use for what they are about", async () => {
    const passages = await passagesOf(
      "---\nkeywords: [plan b, day-after pill]\n---\n# T\n\nText.\n\n## S\n\nMore.\n",
    );
    expect(passages.map(({ keywords }) => keywords)).to.deep.equal([
      ["plan b", "day-after pill"],
      ["plan b", "day-after pill"],
    ]);
    expect(
      await mistakesOf({ "knowledge/en/page.md": "---\nkeywords: plan b\n---\n# T\n\nText.\n" }),
    ).to.deep.equal(['knowledge/en/page.md, line 2: "keywords" must be a list; begin each entry with "- "']);
  });

  it("keep a # that stands in a code block", async () => {
    const passages = await passagesOf("# T\n\n```\n# no heading\n```\n");
    expect(passages.map(({ text }) => text)).to.deep.equal(["```\n# no heading\n```"]);
  });

  it("are cut at paragraphs where a section is long, and nothing is lost", async () => {
    const paragraphs = Array.from(
      { length: 12 },
      (_, index) => `Paragraph ${index} ${"word ".repeat(60)}end.`,
    );
    const passages = await passagesOf(`# T\n\n## S\n\n${paragraphs.join("\n\n")}\n`);
    expect(passages.length).to.be.greaterThan(3);
    for (const { text, section } of passages) {
      expect(text.length).to.be.at.most(MAX_LENGTH);
      expect(text).to.match(/^Paragraph.*end\.$/s);
      expect(section).to.equal("S");
    }
    expect(passages.map(({ text }) => text).join("\n\n")).to.equal(paragraphs.join("\n\n"));
  });

  it("are cut at sentences, then words, where a line is very long", async () => {
    const sentence = `A sentence ${"of words ".repeat(20)}ends.`;
    const sentences = await passagesOf(`# T\n\n${Array(40).fill(sentence).join(" ")}\n`);
    for (const { text } of sentences) {
      expect(text.length).to.be.at.most(MAX_LENGTH);
      expect(text).to.match(/^A sentence .* ends\.$/);
    }
    const words = await passagesOf(`# T\n\n${"word ".repeat(1000)}\n`);
    expect(words.length).to.equal(5);
    for (const { text } of words) expect(text).to.match(/^word( word)*$/);
  });

  it("are cut between characters, never inside one, where there is no space", async () => {
    const passages = await passagesOf(`# T\n\n${"🙂".repeat(1500)}\n`);
    for (const { text } of passages) {
      expect(text.length).to.be.at.most(MAX_LENGTH);
      expect(text).to.match(/^(🙂)+$/u);
    }
    expect(passages.map(({ text }) => text).join("")).to.have.lengthOf(3000);
  });

  it("may be missing in a language that is not the default", async () => {
    const { passages } = await loadChanged({ "knowledge/fr/condoms.md": null });
    expect(passages.map(({ language }) => language)).to.deep.equal(["en"]);
    expect(await mistakesOf({ "knowledge/en/condoms.md": null })).to.deep.equal([
      "knowledge/en: has no page yet; add one, such as condoms.md",
    ]);
  });
});

describe("a knowledge page with a mistake", () => {
  const mistake = async (markdown: string) => mistakesOf({ "knowledge/en/page.md": markdown });

  it("is named when it is empty or has only a title", async () => {
    expect(await mistake(" \n")).to.deep.equal([
      "knowledge/en/page.md, line 1: is empty; write the page or remove it",
    ]);
    expect(await mistake("# Title\n\n## Section\n")).to.deep.equal([
      "knowledge/en/page.md, line 1: has a title but no text; write the page or remove it",
    ]);
  });

  it("is named when settings stand below its title, where people would read them", async () => {
    expect(await mistake("# Title\n\nkeywords: [a, b]\n\nText.\n")).to.deep.equal([
      'knowledge/en/page.md, line 3: would show "keywords:" to people; settings stand above the title, between two lines of ---',
    ]);
    expect(await mistake("---\nkeywords: [a]\n---\n# Title\n\nText.\n\nquestions:\n- Why?\n")).to.deep.equal([
      'knowledge/en/page.md, line 8: would show "questions:" to people; settings stand above the title, between two lines of ---',
    ]);
  });

  it("is named when it has no title", async () => {
    const line = 'knowledge/en/page.md, line 1: has no title; begin it with a line such as "# Condoms"';
    expect(await mistake("Just text.\n")).to.deep.equal([line]);
    expect(await mistake("## A section\n\nText.\n")).to.deep.equal([line]);
    expect(await mistake("---\n---\nText.\n")).to.deep.equal([line]);
  });

  it("is named when its settings have no end", async () => {
    expect(await mistake("---\nkeywords: [a]\n\n# Title\n\nText.\n")).to.deep.equal([
      'knowledge/en/page.md, line 1: has settings without an end; put a second line of "---" between them and the title',
    ]);
  });

  it("is named when the day it was checked is none", async () => {
    expect(await mistake("---\nchecked: yesterday\n---\n# Title\n\nText.\n")).to.deep.equal([
      'knowledge/en/page.md, line 2: "checked" must be a day such as 2026-05-31',
    ]);
  });

  it("is named with the line of its front matter", async () => {
    expect(await mistake("---\ntitle: T\nauthor: me\n---\nText.\n")).to.deep.equal([
      'knowledge/en/page.md, line 3: "author" is unknown; correct its spelling or remove it',
    ]);
    const [line] = await mistake("---\n\ntitle: Sex: the talk\n---\nText.\n");
    expect(line).to.match(/^knowledge\/en\/page\.md, line 3: is not valid YAML/);
  });

  it("is named when another page of its language has the same title", async () => {
    expect(await mistake("# condoms\n\nText.\n")).to.deep.equal([
      'knowledge/en/page.md: has the title "condoms", and so has en/condoms.md; rename one',
    ]);
  });

  it("is named when its file name or folder is not one of a page", async () => {
    const hint =
      "is not a page; name it like condoms.md (small letters a to z, digits, hyphens), or move it away";
    expect(await mistakesOf({ "knowledge/en/My Page.md": "# T\n\nText." })).to.deep.equal([
      `knowledge/en/My Page.md: ${hint}`,
    ]);
    expect(await mistakesOf({ "knowledge/en/more/page.md": "# T\n\nText." })).to.deep.equal([
      `knowledge/en/more: ${hint}`,
    ]);
    expect(await mistakesOf({ "knowledge/de/page.md": "# T\n\nText." })).to.deep.equal([
      "knowledge/de: belongs to no language of bot.yaml; the folders here are en, fr",
    ]);
  });

  it("have their words, signs and unanswered questions in files named after languages", async () => {
    const files = {
      "signs/german.yaml": "words: {}",
      "slang/de.yaml": "words: {}",
      "unanswered/en.md": "Why?",
    };
    const yaml = "belongs to no language of bot.yaml; the files here are en.yaml, fr.yaml";
    expect(await mistakesOf(files)).to.deep.equal([
      `signs/german.yaml: ${yaml}`,
      `slang/de.yaml: ${yaml}`,
      "unanswered/en.md: belongs to no language of bot.yaml; the files here are en.txt, fr.txt",
    ]);
  });

  const urgentPage = (sign: string) =>
    `---\nurgent:\n  - section: Call now\n    signs: ["${sign}"]\n---\n# T\n\n## Call now\n\nCall.\n`;

  it("use groups of words for the signs of their emergencies, and what is harmless, of signs/", async () => {
    const { pages } = await loadChanged({
      "signs/en.yaml": "words:\n  hot: [fever, a high temp]\n  ill: [<hot>, faint]\nnot: [gold <hot>]\n",
      "knowledge/en/page.md": urgentPage("tampon & <ill>"),
    });
    const [section] = pages.find(({ id }) => id === "en/page")?.urgent ?? [];
    expect(section?.signs).to.deep.equal(["tampon & fever/a-high-temp/faint"]);
    expect(section?.not).to.deep.equal(["gold fever/a-high-temp"]);
  });

  it("are named when they or signs/ use a group that does not exist, or a phrase of no word", async () => {
    const mistakes = await mistakesOf({
      "signs/en.yaml": "words:\n  hot: [<hotter>]\nnot: [gold <rush>]\n",
      "knowledge/en/page.md": urgentPage("tampon & <cold>"),
    });
    expect(mistakes.join("\n")).to.include("<hotter>").and.include("<rush>").and.include("<cold>");
    const wordless = await mistakesOf({ "knowledge/en/page.md": urgentPage("...") });
    expect(wordless.join("\n")).to.include("names no word");
  });

  it("come with the slang of slang/, each wording under what it means", async () => {
    const { slang } = await loadChanged({ "slang/en.yaml": "words:\n  pregnant: [preggers, up the duff]\n" });
    expect(slang?.en).to.deep.equal(
      new Map([
        ["preggers", "pregnant"],
        ["up the duff", "pregnant"],
      ]),
    );
  });

  it("are named when a wording of slang/ means two things", async () => {
    const mistakes = await mistakesOf({
      "slang/en.yaml": "words:\n  condom: [rubber]\n  eraser: [Rubber]\n",
    });
    expect(mistakes).to.deep.equal([
      'slang/en.yaml, line 3: "Rubber" means "condom" and "eraser"; keep it in one place',
    ]);
  });
});
