import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Content, TextKey } from "../../../lib/content/index.ts";
import { pluralForms } from "../../../lib/content/locales/plurals.ts";
import { type Change, loadChanged, mistakesOf, replace, SAMPLE } from "../temporary-content.ts";

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
    it(`chooses ${expected} for ${code === undefined ? "nothing" : `"${code}"`}`, () => {
      expect(content.chooseLanguage(code)).to.equal(expected);
    });
  }
});

describe("translate", () => {
  it("uses the closest language", async () => {
    const { translate } = await loadChanged({});
    expect(translate("fr-CA", "start.age_skip")).to.equal("Passer");
    expect(translate("de", "start.age_skip")).to.equal("Skip");
  });

  it("inserts values verbatim", async () => {
    const { translate } = await loadChanged({});
    for (const title of ["a < b & c", "$& $1 $$", "{{title}} {{x}}", "$t(start.age_skip)", "  ", "0"]) {
      expect(translate("en", "answer.source", { title })).to.equal(`Source: ${title}`);
    }
    expect(translate("en", "answer.too_long", { count: 0 })).to.include("at most 0 characters");
  });

  it("reports a key that does not exist, and returns a fallback", async () => {
    const told: string[] = [];
    const { translate } = await loadChanged({}, (message) => told.push(message));
    expect(translate("fr", "no.such" as TextKey)).to.match(/^Toutes mes excuses/);
    expect(told).to.deep.equal(['There is no text "no.such" in "fr".']);
  });

  it("reports a missing value, and leaves its place empty", async () => {
    const told: string[] = [];
    const { translate } = await loadChanged({}, (message) => told.push(message));
    expect(translate("en", "answer.source")).to.equal("Source: ");
    expect(told).to.deep.equal(["A placeholder got no value in: Source: {{title}}"]);
  });

  it("uses the text of the locale file", async () => {
    const { translate } = await loadChanged({
      "locales/en.yaml": replace("age_skip: Skip", "age_skip: Not now"),
    });
    expect(translate("en", "start.age_skip")).to.equal("Not now");
  });
});

describe("a language with its own plural rules", () => {
  const english = readFileSync(join(SAMPLE, "locales/en.yaml"), "utf8");
  /** The sample with one more language: English sentences except for the given ones. */
  const withLanguage = (code: string, sentences: readonly string[]): Record<string, Change> => ({
    "bot.yaml": (text) =>
      text.replace("[en, fr]", `[en, fr, ${code}]`).replace("  fr:\n", `  ${code}: []\n  fr:\n`),
    "flows/welcome.yaml": replace("fr: Bonjour", `fr: Bonjour, ${code}: "أهلاً"`),
    [`locales/${code}.yaml`]: english
      .replace(/^ {2}too_long_.*\n {2}too_long_.*\n/m, sentences.map((line) => `  ${line}\n`).join(""))
      .replace(
        /^ {2}minutes_.*\n {2}minutes_.*\n/m,
        pluralForms(code)
          .required.map((form) => `  minutes_${form}: "{{place}} {{count}}"\n`)
          .join(""),
      )
      .replace(/^ {2}source: .*$/m, '  source: "المصدر: {{title}}"'),
  });
  const ARABIC = ["zero", "one", "two", "few", "many", "other"];
  const arabic = ARABIC.map((form) => `too_long_${form}: "${form} {{count}}"`);

  it("uses all plural forms of the language", async () => {
    const { translate } = await loadChanged(withLanguage("ar", arabic));
    const said = [0, 1, 2, 5, 40, 100].map((count) => translate("ar", "answer.too_long", { count }));
    expect(said).to.deep.equal(["zero 0", "one 1", "two 2", "few 5", "many 40", "other 100"]);
  });

  it("refuses a missing or foreign plural form", async () => {
    const lines = await mistakesOf(withLanguage("ar", arabic.slice(0, 3)));
    expect(lines).to.have.lengthOf(3);
    expect(lines[0]).to.match(/^locales\/ar\.yaml, line \d+: "answer\.too_long_few" is missing; add it$/);
    const [extra] = await mistakesOf(
      withLanguage("ja", ['too_long_one: "x {{count}}"', 'too_long_other: "x {{count}}"']),
    );
    expect(extra).to.match(/"answer\.too_long_one" is unknown/);
  });

  it("falls back to the last required form for millions", async () => {
    const { translate } = await loadChanged({});
    expect(translate("fr", "wait.minutes", { place: 3, count: 1_000_000 })).to.match(/3 .* 1000000 minutes/);
    expect(translate("fr", "answer.too_long", { count: 1_000_000 })).to.include("1000000 caractères");
    expect(translate("fr", "answer.too_long", { count: 1 })).to.match(/\b1 caractère\b/);
  });

  it("isolates a value of the other writing direction", async () => {
    const { translate } = await loadChanged(withLanguage("ar", arabic));
    expect(translate("ar", "answer.source", { title: "HIV (2026)" })).to.equal(
      "المصدر: \u2068HIV (2026)\u2069",
    );
    expect(translate("ar", "answer.source", { title: "الواقي" })).to.equal("المصدر: الواقي");
    expect(translate("en", "answer.source", { title: "الواقي" })).to.equal("Source: \u2068الواقي\u2069");
    expect(translate("ar", "answer.source", { title: "2026" })).to.equal("المصدر: 2026");
  });
});
