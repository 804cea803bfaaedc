import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Content, TextKey } from "../../lib/content/index.ts";
import { pluralForms } from "../../lib/content/locales/plurals.ts";
import { type Change, loadChanged, mistakesOf, replace, SAMPLE } from "./temporary-content.ts";

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

describe("a language of its own rules", () => {
  const english = readFileSync(join(SAMPLE, "locales/en.yaml"), "utf8");
  /** A pack in one more language; its sentences are the English ones, but for those that are given. */
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

  it("counts with as many forms as it has", async () => {
    const { translate } = await loadChanged(withLanguage("ar", arabic));
    const said = [0, 1, 2, 5, 40, 100].map((count) => translate("ar", "answer.too_long", { count }));
    expect(said).to.deep.equal(["zero 0", "one 1", "two 2", "few 5", "many 40", "other 100"]);
  });

  it("is refused when a form is missing, or is none of its own", async () => {
    const lines = await mistakesOf(withLanguage("ar", arabic.slice(0, 3)));
    expect(lines).to.have.lengthOf(3);
    expect(lines[0]).to.match(/^locales\/ar\.yaml, line \d+: "answer\.too_long_few" is missing; add it$/);
    const [extra] = await mistakesOf(
      withLanguage("ja", ['too_long_one: "x {{count}}"', 'too_long_other: "x {{count}}"']),
    );
    expect(extra).to.match(/"answer\.too_long_one" is unknown/);
  });

  it("may leave out the form for millions, and then uses the one for other numbers", async () => {
    const { translate } = await loadChanged({});
    expect(translate("fr", "wait.minutes", { place: 3, count: 1_000_000 })).to.match(/3 .* 1000000 minutes/);
    expect(translate("fr", "answer.too_long", { count: 1_000_000 })).to.include("1000000 caractères");
    expect(translate("fr", "answer.too_long", { count: 1 })).to.match(/\b1 caractère\b/);
  });

  it("keeps a value of the other direction together in its sentence", async () => {
    const { translate } = await loadChanged(withLanguage("ar", arabic));
    expect(translate("ar", "answer.source", { title: "HIV (2026)" })).to.equal(
      "المصدر: \u2068HIV (2026)\u2069",
    );
    expect(translate("ar", "answer.source", { title: "الواقي" })).to.equal("المصدر: الواقي");
    expect(translate("en", "answer.source", { title: "الواقي" })).to.equal("Source: \u2068الواقي\u2069");
    expect(translate("ar", "answer.source", { title: "2026" })).to.equal("المصدر: 2026");
  });
});
