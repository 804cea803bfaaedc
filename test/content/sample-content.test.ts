import { expect } from "chai";
import {
  type Content,
  type FaqEntry,
  loadContent,
  TEXT_KEYS,
  type TextKey,
  type Topic,
} from "../../lib/content/index.ts";
import { textRule } from "../../lib/content/locales/text-keys.ts";
import { SAMPLE } from "./temporary-content.ts";

const VALUES = { name: "Helpline", title: "Condoms", titles: "Condoms, HIV", count: 4000, command: "/stats" };
/** A value for every placeholder of a sentence. */
const valuesOf = (key: TextKey): Record<string, string | number> =>
  Object.fromEntries(
    (textRule(key).placeholders ?? []).map((name) => [name, name === "count" ? 4000 : "a value"]),
  );
const MAX_MESSAGE_LENGTH = 4096;

describe("the sample helpline", () => {
  let content: Content;
  before(async () => {
    content = await loadContent(SAMPLE, {
      mediaFolder: "media",
      onMistake: (message) => {
        throw new Error(message);
      },
    });
  });

  const pagesOf = (language: string): string[] => [
    ...new Set(
      content.passages.filter((passage) => passage.language === language).map(({ pageId }) => nameOf(pageId)),
    ),
  ];

  it("has 40 to 45 pages, the same in each language", () => {
    expect(pagesOf("en").length).to.be.within(40, 45);
    expect(pagesOf("fr")).to.deep.equal(pagesOf("en"));
  });

  it("has the same number of passages on a page in each language, so that none was forgotten", () => {
    const count = (language: string, page: string) =>
      content.passages.filter(({ pageId }) => pageId === `${language}/${page}`).length;
    for (const page of pagesOf("en")) expect(count("fr", page), page).to.equal(count("en", page));
  });

  it("has every sentence translated, and short enough for a message", () => {
    for (const key of TEXT_KEYS) {
      const [english, french] = ["en", "fr"].map((language) =>
        content.translate(language, key, valuesOf(key)),
      );
      expect(english, key).not.to.equal(french);
      for (const text of [english, french]) {
        expect(text, key).to.satisfy((said: string) => said.length > 0 && said.length <= MAX_MESSAGE_LENGTH);
        expect(text, key).not.to.match(/\{\{|\}\}|<\/?[a-z]/);
      }
    }
  });

  it("shows the values that are filled in", () => {
    const keys: Partial<Record<TextKey, keyof typeof VALUES>> = {
      "start.welcome": "name",
      "answer.source": "title",
      "answer.sources": "titles",
      "answer.too_long": "count",
      "unsupported.command": "command",
    };
    for (const [key, name] of Object.entries(keys)) {
      for (const language of content.bot.languages) {
        expect(content.translate(language, key as TextKey, VALUES)).to.include(String(VALUES[name]));
      }
    }
  });

  it("offers example questions in each language", () => {
    for (const language of content.bot.languages) {
      expect(content.bot.suggestions[language]?.length, language).to.be.greaterThan(2);
    }
  });

  it("uses only the Markdown a message can show", () => {
    for (const { id, text } of content.passages) expect(text, id).not.to.match(/<\/?[a-z]|\]\(|^\||^>/im);
  });

  it("uses every kind of step, answer, action and media", () => {
    const nodes = Object.values(content.flows).flatMap((flow) => Object.values(flow.nodes));
    const kinds = (all: readonly string[]): string[] => [...new Set(all)].toSorted();
    expect(kinds(nodes.map(({ kind }) => kind))).to.deep.equal(["act", "ask", "branch", "end", "say"]);
    expect(kinds(nodes.flatMap((node) => (node.kind === "ask" ? [node.expects.type] : [])))).to.deep.equal([
      "choice",
      "contact",
      "date",
      "location",
      "number",
      "text",
    ]);
    expect(kinds(nodes.flatMap((node) => (node.kind === "act" ? [node.action.do] : [])))).to.deep.equal([
      "ask",
      "flow",
      "hand-over",
      "save",
      "topic",
    ]);
    const entries = (topics: readonly Topic[]): FaqEntry[] =>
      topics.flatMap((topic) => [...topic.entries, ...entries(topic.topics)]);
    const shown = [...nodes, ...entries(content.topics)].flatMap((part) =>
      "media" in part ? [part.media] : [],
    );
    expect(kinds(shown.flat().map(({ kind }) => kind))).to.deep.equal([
      "animation",
      "audio",
      "document",
      "photo",
      "video",
      "voice",
    ]);
    expect(
      shown.some((album) => album.length > 1),
      "an album",
    ).to.equal(true);
  });

  it("asks new people for language, age and interest, each of which can be skipped", () => {
    const flow = content.flows[String(content.bot.onboarding)];
    const nodes = Object.values(flow?.nodes ?? {});
    const asks = nodes.flatMap((node) => (node.kind === "ask" ? [node] : []));
    expect(asks.map(({ skippable }) => skippable)).to.deep.equal([true, true, true]);
    const saved = nodes.flatMap((node) =>
      node.kind === "act" && node.action.do === "save" ? [node.action.field] : [],
    );
    expect(saved).to.deep.equal(["language", "ageGroup", "topic"]);
  });

  it("has topics on several levels, with every question translated", () => {
    const levels = (topic: Topic): number => 1 + Math.max(0, ...topic.topics.map(levels));
    expect(Math.max(...content.topics.map(levels))).to.be.greaterThan(1);
    expect(content.topics.length).to.be.within(4, 6);
    for (const { title, entries } of content.topics) {
      for (const { id, question, answer } of entries) {
        expect(question.en, id).not.to.equal(question.fr);
        expect(answer.en, id).not.to.equal(answer.fr);
      }
      expect(Object.keys(title)).to.deep.equal(["en", "fr"]);
    }
  });

  it("names emergency help where a page warns of danger", () => {
    for (const page of ["violence", "emergency-contraception", "period-pain", "pregnancy-care", "the-pill"]) {
      for (const language of content.bot.languages) {
        const text = content.passages
          .filter(({ pageId }) => pageId === `${language}/${page}`)
          .map((passage) => passage.text)
          .join("\n");
        expect(text, `${language}/${page}`).to.match(/emergency|urgence/);
      }
    }
  });
});

function nameOf(pageId: string): string {
  return pageId.slice(pageId.indexOf("/") + 1);
}
