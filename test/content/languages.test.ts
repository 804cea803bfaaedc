import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Content, TextKey } from "../../lib/content/index.ts";
import { loadChanged, replace, SAMPLE } from "./temporary-content.ts";

describe("chooseLanguage", () => {
  const englishLocale = readFileSync(join(SAMPLE, "locales/en.yaml"), "utf8");
  let content: Content;
  before(async () => {
    content = await loadChanged({
      "bot.yaml": (text) =>
        text
          .replace("[en, fr]", "[en, fr, pt-BR, zh-Hant]")
          .replace("  fr:\n", "  pt-BR: []\n  zh-Hant: []\n  fr:\n"),
      "flows/welcome.yaml": replace("fr: Bonjour", "fr: Bonjour, pt-BR: Olá, zh-Hant: 你好"),
      "locales/pt-BR.yaml": englishLocale,
      "locales/zh-Hant.yaml": englishLocale.replaceAll(/^ *\w+_one: .*\n/gm, ""),
    });
  });

  for (const [code, expected] of [
    ["fr", "fr"],
    ["fr-CA", "fr"],
    ["FR_ca", "fr"],
    ["pt-br", "pt-BR"],
    ["pt", "pt-BR"],
    ["pt-PT", "pt-BR"],
    ["zh-hant-TW", "zh-Hant"],
    ["de", "en"],
    ["f", "en"],
    ["", "en"],
    [undefined, "en"],
  ] as const) {
    it(`takes ${expected} for ${code === undefined ? "nothing" : `"${code}"`}`, () => {
      expect(content.chooseLanguage(code)).to.equal(expected);
    });
  }
});

describe("translate", () => {
  it("says a sentence in the nearest language", async () => {
    const { translate } = await loadChanged({});
    expect(translate("fr-CA", "start.age_skip")).to.equal("Passer");
    expect(translate("de", "start.age_skip")).to.equal("Skip");
  });

  it("fills values in as they are, whatever they hold", async () => {
    const { translate } = await loadChanged({});
    for (const title of ["a < b & c", "$& $1 $$", "{{title}} {{x}}", "$t(start.age_skip)", "  ", "0"]) {
      expect(translate("en", "answer.source", { title })).to.equal(`Source: ${title}`);
    }
    expect(translate("en", "answer.too_long", { count: 0 })).to.include("at most 0 characters");
  });

  it("tells of a text that does not exist, and still has kind words for the person", async () => {
    const told: string[] = [];
    const { translate } = await loadChanged({}, (message) => told.push(message));
    expect(translate("fr", "no.such" as TextKey)).to.match(/^Toutes mes excuses/);
    expect(told).to.deep.equal(['There is no text "no.such" in "fr".']);
  });

  it("tells of a value that is missing, and leaves its place empty", async () => {
    const told: string[] = [];
    const { translate } = await loadChanged({}, (message) => told.push(message));
    expect(translate("en", "answer.source")).to.equal("Source: ");
    expect(told).to.deep.equal(["A placeholder got no value in: Source: {{title}}"]);
  });

  it("takes over what the operator changed", async () => {
    const { translate } = await loadChanged({
      "locales/en.yaml": replace("age_skip: Skip", "age_skip: Not now"),
    });
    expect(translate("en", "start.age_skip")).to.equal("Not now");
  });
});
