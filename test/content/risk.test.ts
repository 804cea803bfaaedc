import { expect } from "chai";
import { loadChanged, mistakesOf } from "./temporary-content.ts";

const EN = `contacts:
  number: "112"
rules:
  - id: fire
    phrases:
      - house ... burning
    not: [burning love]
    help: Call {{number}}.
`;
const FR = `contacts:
  number: 112
rules:
  - id: fire
    phrases: [au feu]
    help: Appelez le {{ number }}.
`;

describe("risk rules", () => {
  it("are loaded in every language, with the contacts filled in", async () => {
    const { risks } = await loadChanged({ "risk/en.yaml": EN, "risk/fr.yaml": FR });
    expect(risks).to.deep.equal([
      {
        id: "fire",
        languages: {
          en: { phrases: ["house ... burning"], not: ["burning love"], help: "Call 112." },
          fr: { phrases: ["au feu"], not: [], help: "Appelez le 112." },
        },
      },
    ]);
  });

  it("are optional, but not in a single language", async () => {
    expect((await loadChanged({})).risks).to.deep.equal([]);
    expect(await mistakesOf({ "risk/en.yaml": EN })).to.deep.equal(["risk/fr.yaml: is missing; create it"]);
  });

  it("report what is missing, unknown or duplicate", async () => {
    const other = FR.replace("id: fire", "id: flood").replace("{{ number }}", "{{line}}");
    expect(await mistakesOf({ "risk/en.yaml": EN, "risk/fr.yaml": other, "risk/de.yaml": EN })).to.deep.equal(
      [
        "risk/de.yaml: belongs to no language of bot.yaml; the files here are en.yaml, fr.yaml",
        'risk/en.yaml: lacks the rule "flood", which another language has; add it',
        'risk/fr.yaml: lacks the rule "fire", which another language has; add it',
        'risk/fr.yaml, line 6: "help" uses {{line}}; add "line" to the contacts',
      ],
    );
    const odd = FR.replace("{{ number }}", "{{constructor}}");
    expect(await mistakesOf({ "risk/en.yaml": EN, "risk/fr.yaml": odd })).to.deep.equal([
      'risk/fr.yaml, line 6: "help" uses {{constructor}}; add "constructor" to the contacts',
    ]);
    const twice = `${EN}${EN.slice(EN.indexOf("  - id"))}`;
    expect(await mistakesOf({ "risk/en.yaml": twice, "risk/fr.yaml": FR })).to.deep.equal([
      'risk/en.yaml, line 9: "fire" is there twice; give each rule its own id',
    ]);
  });

  it("may use groups of words and numbers, and lines of help for some messages", async () => {
    const words = `words:
  family: [mum, step mum]
  people: [<family>, teacher]
numbers: { twelve: 12 }
`;
    const lines = `    help: |-
      Call {{number}}.
      {{lines}}
    in_public: Write to me, or call {{number}}.
    lines:
      - when: [my <family>]
        text: Stay with {{number}}.
`;
    const en =
      words + EN.replace("house ...", "<people>/<9-13> ...").replace("    help: Call {{number}}.\n", lines);
    const { risks } = await loadChanged({ "risk/en.yaml": en, "risk/fr.yaml": FR });
    expect(risks[0]?.languages.en).to.deep.equal({
      phrases: ["<people>/<9-13> ... burning"],
      not: ["burning love"],
      help: "Call 112.\n{{lines}}",
      publicHelp: "Write to me, or call 112.",
      lines: [{ when: ["my <family>"], text: "Stay with 112." }],
      groups: { family: ["mum", "step mum"], people: ["<family>", "teacher"] },
      numbers: { twelve: 12 },
    });
    const wrong = en
      .replace("my <family>", "my <friend>")
      .replace("      {{lines}}\n", "")
      .replace("[<family>, ", "[<people>, ");
    expect(await mistakesOf({ "risk/en.yaml": wrong, "risk/fr.yaml": FR })).to.deep.equal([
      'risk/en.yaml, line 3: "people" uses <people>, which is no group above it',
      'risk/en.yaml, line 15: "lines" have no place in "help"; write {{lines}} where they go',
      'risk/en.yaml, line 9: uses <friend>, which is no group of "words"; add it or correct the name',
    ]);
  });

  for (const [what, phrase, why] of [
    ["fits every message", "...", "names no word"],
    ["begins with a gap", "... burning", "must begin and end with a word"],
    ["has a star alone", "burning * house", 'has a "*" that stands for any word'],
  ] as const) {
    it(`refuse a phrase that ${what}`, async () => {
      const [line] = await mistakesOf({
        "risk/en.yaml": EN.replace("house ... burning", `"${phrase}"`),
        "risk/fr.yaml": FR,
      });
      expect(line).to.include("risk/en.yaml, line 6").and.include(why);
    });
  }

  it("limit the help text to one message", async () => {
    const [line] = await mistakesOf({
      "risk/en.yaml": EN.replace("{{number}}", "1".repeat(4_097)),
      "risk/fr.yaml": FR,
    });
    expect(line).to.equal('risk/en.yaml, line 8: "help" is too long; use at most 4096 characters');
  });
});
