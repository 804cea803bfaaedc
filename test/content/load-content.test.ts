import { expect } from "chai";
import { loadContent } from "../../lib/content/index.ts";
import { OperatorError } from "../../lib/core/index.ts";
import { loadChanged, mistakesOf, place, replace } from "./temporary-content.ts";

describe("loadContent", () => {
  it("explains what to do when the folder does not exist", async () => {
    const error = await loadContent("no-such-folder").catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(OperatorError);
    expect((error as OperatorError).message).to.equal(
      'There is no folder "no-such-folder". Set CONTENT_DIR to the folder that holds bot.yaml.',
    );
  });

  it("reports every mistake of every file at once", async () => {
    const lines = await mistakesOf({
      "bot.yaml": replace("name: Helpline", 'name: ""'),
      "locales/fr.yaml": replace("  start: Commencer", "  strat: Commencer"),
      "knowledge/en/condoms.md": "no title",
    });
    expect(lines).to.have.lengthOf(4);
    expect(lines[0]).to.equal('bot.yaml, line 2: "name" is empty; fill it in');
    expect(lines[1]).to.equal('locales/fr.yaml, line 2: "commands.start" is missing; add it');
    expect(lines[2]).to.equal(
      'locales/fr.yaml, line 3: "commands.strat" is unknown; correct its spelling or remove it',
    );
    expect(lines[3]).to.equal(
      'knowledge/en/condoms.md, line 1: has no title; begin it with a line such as "# Condoms"',
    );
  });

  it("reports files that cannot be read first, since other mistakes may come of them", async () => {
    const lines = await mistakesOf({
      "bot.yaml": replace("name: Helpline", 'name: ""'),
      "knowledge/en/condoms.md": "no title",
      "flows/welcome.yaml": "title: [",
    });
    expect(lines.map((line) => line.split(/[,:]/)[0])).to.deep.equal([
      "flows/welcome.yaml",
      "bot.yaml",
      "knowledge/en/condoms.md",
    ]);
  });

  it("changes the version with the content, not with line endings or a byte order mark", async () => {
    const first = await loadChanged({});
    const same = await loadChanged({
      "knowledge/en/condoms.md": "\uFEFF# Condoms\r\n\r\nA condom protects.\r\n",
    });
    const other = await loadChanged({ "knowledge/en/condoms.md": "# Condoms\n\nA condom protects you.\n" });
    expect(same.version).to.equal(first.version);
    expect(other.version).not.to.equal(first.version);
    expect(same.passages).to.deep.equal(first.passages);
  });

  it("takes over the prices and limits of the budget", async () => {
    const written = "budget:\n  monthly: 50\n  per_person_daily: 0.2\n";
    const { bot } = await loadChanged({ "bot.yaml": replace("budget:\n", written) });
    expect(bot.budget).to.include({ monthly: 50, perPersonDaily: 0.2, outputPerMillionTokens: 2.5 });
  });

  it("asks for a file that is missing", async () => {
    expect(await mistakesOf({ "bot.yaml": null })).to.deep.equal(["bot.yaml: is missing; create it"]);
    expect(await mistakesOf({ "locales/fr.yaml": null })).to.deep.equal([
      "locales/fr.yaml: is missing; create it",
    ]);
  });

  it("asks for UTF-8 when a file has another encoding", async () => {
    expect(await mistakesOf({ "locales/fr.yaml": Buffer.from("a: é", "latin1") })).to.deep.equal([
      "locales/fr.yaml: is not UTF-8 text; save it again with the encoding UTF-8",
    ]);
  });

  it("ignores hidden files and editor backups", async () => {
    const { passages } = await loadChanged({
      "knowledge/.DS_Store": "x",
      "knowledge/en/condoms.md~": "x",
      "locales/.en.yaml.swp": "x",
    });
    expect(passages).to.have.lengthOf(2);
  });
});

describe("bot.yaml", () => {
  const mistake = async (search: string, replacement: string) =>
    mistakesOf({ "bot.yaml": replace(search, replacement) });

  it("reports the line of a syntax error", async () => {
    const [line] = await mistake("name: Helpline", "name: Helpline: the bot");
    expect(line).to.match(
      /^bot\.yaml, line 2: is not valid YAML: .* put a text in quotes when it holds ": "/,
    );
  });

  it("refuses a setting that is missing, unknown, or of the wrong kind", async () => {
    expect(await mistake("default_language: en", "defaultlanguage: en")).to.deep.equal([
      'bot.yaml, line 1: "default_language" is missing; add it',
      `${place("bot.yaml", "default_language:")}: "defaultlanguage" is unknown; correct its spelling or remove it`,
    ]);
    expect(await mistake("languages: [en, fr]", "languages: en")).to.deep.equal([
      `${place("bot.yaml", "languages:")}: "languages" must be a list; begin each entry with "- "`,
    ]);
    expect(await mistakesOf({ "bot.yaml": "# nothing yet\n" })).to.deep.equal([
      "bot.yaml, line 1: is empty; fill it in",
    ]);
  });

  it("refuses a setting with nothing after it, which may be left out or not", async () => {
    expect(await mistake("small_talk:\n", "small_talk:\nthanks:\n")).to.include.members([
      `${place("bot.yaml", "small_talk:")}: "small_talk" is empty; fill it in, or leave it out if it is optional`,
    ]);
  });

  it("refuses a default language that is not among the languages", async () => {
    expect(await mistake("default_language: en", "default_language: de")).to.include(
      `${place("bot.yaml", "default_language:")}: "default_language" must be one of: en, fr`,
    );
  });

  it("refuses an invalid language code", async () => {
    expect(await mistake("[en, fr]", "[en, french]")).to.include(
      `${place("bot.yaml", "languages:")}: "languages.1" is not a language code; write it like "en" or "pt-BR"`,
    );
  });

  it("refuses a phrase that every message has, or that uses a group of words", async () => {
    const [ofGap] = await mistake("      - operator\n", '      - "..."\n');
    expect(ofGap).to.match(/"person\.phrases\.en\.0" names no word; write some, such as/);
    const [ofGroup] = await mistake("[thank*,", "[<family>,");
    expect(ofGroup).to.match(/"small_talk\.thanks\.en\.0" uses a group of words, which only risk\/ has/);
  });

  it("refuses opening hours without a day, and times that no clock shows", async () => {
    const withHours = (hours: string) => replace("person:\n", `person:\n  hours:\n${hours}`);
    const mistakeIn = async (hours: string) => (await mistakesOf({ "bot.yaml": withHours(hours) }))[0];
    expect(await mistakeIn("    time_zone: UTC\n")).to.include(
      '"person.hours" names no day; add one, such as "monday: 09:00-17:00"',
    );
    expect(await mistakeIn("    time_zone: UTC\n    monday: 10:00-24:30\n")).to.include(
      '"person.hours.monday" must be hours such as',
    );
    await loadChanged({ "bot.yaml": withHours("    time_zone: UTC\n    sunday: 10:00-24:00\n") });
  });

  it("refuses example questions that are too long, or missing for a language", async () => {
    expect(await mistake("- How do I put on a condom?", `- ${"x".repeat(65)}`)).to.deep.equal([
      `${place("bot.yaml", "- How do I put on")}: "suggestions.en.0" is too long; use at most 64 characters`,
    ]);
    const [line] = await mistake("  fr:\n", "  de:\n");
    expect(line).to.equal(
      `${place("bot.yaml", "suggestions:")}: "suggestions" has no "fr"; add it, or write "fr: []"`,
    );
  });
});

describe("locales", () => {
  const mistake = async (search: string, replacement: string) =>
    mistakesOf({ "locales/fr.yaml": replace(search, replacement) });

  it("reports the line of a placeholder that is missing, misspelt or unknown", async () => {
    expect(await mistake("{{titles}}", "…")).to.deep.equal([
      `${place("locales/fr.yaml", "  sources:")}: "answer.sources" lacks {{titles}}, which locales/en.yaml has; add it`,
    ]);
    expect(await mistake("start: Commencer,", "start: Commencer {{x}},")).to.deep.equal([
      'locales/fr.yaml, line 3: "commands.start" cannot fill in {{x}}; remove it',
    ]);
    expect(await mistake("{{count}} caractères", "{{nombre}} caractères")).to.deep.equal([
      `${place("locales/fr.yaml", "  too_long_other:")}: "answer.too_long_other" cannot fill in {{nombre}}; use {{count}}`,
    ]);
  });

  it("refuses a placeholder that the default language does not use", async () => {
    expect(await mistakesOf({ "locales/en.yaml": replace("{{titles}}", "…") })).to.deep.equal([
      `${place("locales/fr.yaml", "  sources:")}: "answer.sources" has {{titles}}, which locales/en.yaml lacks; make them alike`,
    ]);
  });

  it("refuses a text longer than Telegram accepts", async () => {
    expect(await mistake("appartient à une étape", `appartient ${"à ".repeat(100)}`)).to.deep.equal([
      `${place("locales/fr.yaml", "  button_stale:")}: "answer.button_stale" is too long; use at most 200 characters`,
    ]);
  });

  it("refuses a number or a list where a text belongs", async () => {
    expect(await mistake("age_skip: Passer", "age_skip: 12")).to.deep.equal([
      `${place("locales/fr.yaml", "  age_skip:")}: "start.age_skip" must be a text; put it in quotes`,
    ]);
    expect(await mistake("age_skip: Passer", "age_skip: [Passer]")).to.deep.equal([
      `${place("locales/fr.yaml", "  age_skip:")}: "start.age_skip" must be a text; put it in quotes`,
    ]);
  });

  it("asks for quotes where YAML would drop the beginning of a text", async () => {
    for (const text of [
      "**Passer**",
      "&Passer ceci",
      "!Passer ceci",
      "{{name}}, passer",
      "Passer : *ceci*: oui",
    ]) {
      const [line] = await mistake("age_skip: Passer", `age_skip: ${text}`);
      expect(line, text).to.satisfy((said: string) =>
        said.startsWith(`${place("locales/fr.yaml", "  age_skip:")}: is not valid YAML: `),
      );
      expect(line, text).to.include("put a text in quotes");
    }
  });

  it("refuses duplicate keys", async () => {
    const [line] = await mistake("  age_skip: Passer", "  age_skip: Non\n  age_skip: Passer");
    expect(line).to.match(/^locales\/fr\.yaml, line \d+: is not valid YAML: Map keys must be unique/);
  });

  it("reports a file that belongs to no language", async () => {
    expect(await mistakesOf({ "locales/de.yml": "" })).to.deep.equal([
      "locales/de.yml: belongs to no language of bot.yaml; the files here are en.yaml, fr.yaml",
    ]);
  });
});
