import { expect } from "chai";
import { describeMistake, loadContent, reviewContent } from "../../lib/content/index.ts";
import { type Change, withFolder } from "./temporary-content.ts";

const TODAY = new Date("2026-11-29T12:00:00Z");
const CHECKED = "---\nchecked: 2026-11-01\n---\n";

/** The warnings about the pages on condoms with these texts, without the name of the folder. */
async function warnings(
  en: string,
  fr = "Un préservatif protège.",
  frontMatter = CHECKED,
): Promise<string[]> {
  const changes = {
    "knowledge/en/condoms.md": `${frontMatter}# Condoms\n\n${en}\n`,
    "knowledge/fr/condoms.md": `${CHECKED}# Préservatifs\n\n${fr}\n`,
  };
  return withFolder(changes, async (folder) => {
    const found = await reviewContent(folder, await loadContent(folder), TODAY);
    return found.map((warning) => describeMistake(warning).replace("knowledge/", ""));
  });
}

describe("the review of the library", () => {
  it("has no warning about a checked page that is clear by itself", async () => {
    expect(await warnings("A condom protects.")).to.deep.equal([]);
  });

  it("warns of pages that were not checked for a year, or never", async () => {
    expect(await warnings("A condom.", undefined, "---\nchecked: 2025-11-29\n---\n")).to.deep.equal([]);
    expect(await warnings("A condom.", undefined, "---\nchecked: 2025-11-28\n---\n")).to.deep.equal([
      "en/condoms.md, line 2: was last checked on 2025-11-28; compare it with its sources again",
    ]);
    expect(await warnings("A condom.", undefined, "")).to.deep.equal([
      'en/condoms.md: does not say when it was last compared with its sources; add "checked: 2026-11-29" after comparing it',
    ]);
  });

  it("warns of a section that a topic names and its page has not", async () => {
    const topic = `title: { en: Body, fr: Corps }
questions:
  - id: on
    question: { en: How?, fr: Comment ? }
    answer: { en: So., fr: Ainsi. }
    sections: [en/condoms#Putting it on, "fr/condoms#L'usage", en/left-out#Anything]
`;
    const changes = {
      "faq/body.yaml": topic,
      "knowledge/en/condoms.md": `${CHECKED}# Condoms\n\n## Putting it on\n\nSo.\n`,
      "knowledge/fr/condoms.md": `${CHECKED}# Préservatifs\n\n## Le mettre\n\nAinsi.\n`,
    };
    const found = await withFolder(changes, async (folder) =>
      reviewContent(folder, await loadContent(folder), TODAY),
    );
    expect(found.map(describeMistake)).to.deep.equal([
      'knowledge/fr/condoms.md: has no section "L\'usage", which the topics\' question "on" names; its pictures are not shown there',
    ]);
  });

  describe("of the budget", () => {
    const NEVER =
      "is never reached, because the model's prices are 0; set input_per_million_tokens and output_per_million_tokens";

    async function warningsOfBudget(budget: string): Promise<string[]> {
      const changes = {
        "bot.yaml": (text: string) => text.replace(/^budget:\n(?:.+\n)+/m, `budget:\n${budget}`),
        "knowledge/en/condoms.md": `${CHECKED}# Condoms\n\nA condom protects.\n`,
        "knowledge/fr/condoms.md": `${CHECKED}# Préservatifs\n\nUn préservatif protège.\n`,
      };
      return withFolder(changes, async (folder) => {
        const found = await reviewContent(folder, await loadContent(folder), TODAY);
        return found.map((warning) => describeMistake(warning).replace(/, line \d+/, ""));
      });
    }

    it("warns of limits that are never reached, because nothing has a price", async () => {
      expect(await warningsOfBudget("  per_person_daily: 0.2\n  monthly: 50\n")).to.deep.equal([
        `bot.yaml: "budget.per_person_daily" ${NEVER}`,
        `bot.yaml: "budget.monthly" ${NEVER}`,
      ]);
      const ofOneModel = "  output_per_million_tokens: 2\n  models: { openai: { monthly: 5 } }\n";
      expect(await warningsOfBudget(ofOneModel)).to.deep.equal([
        `bot.yaml: "budget.models.openai.monthly" ${NEVER}`,
      ]);
    });

    it("has nothing against limits where one model has a price", async () => {
      for (const priced of [
        "  per_person_daily: 0.2\n  input_per_million_tokens: 0.3\n",
        "  per_person_daily: 0.2\n  models: { openai: { output_per_million_tokens: 1 } }\n",
      ]) {
        expect(await warningsOfBudget(priced), priced).to.deep.equal([]);
      }
      expect(
        await warningsOfBudget(
          "  per_person_daily: 0.2\n  models: { embeddings: { input_per_million_tokens: 1 } }\n",
        ),
      ).to.deep.equal([`bot.yaml: "budget.per_person_daily" ${NEVER}`]);
    });
  });

  describe("of figures", () => {
    for (const [en, fr, different] of [
      ["within 72 hours", "dans les 72 heures", []],
      ["within 3 days", "dans les 72 heures", []],
      ["within three days", "dans les 3 jours", []],
      ["for 2 to 5 days", "de 2 à 5 jours", []],
      ["effective at 98%", "efficace à 98 %", []],
      ["one dose", "une dose", []],
      ["between 45 and 55", "entre 45 et 55 ans", []],
      ["within 72 hours", "dans les 48 heures", ["72 hours", "48 heures"]],
      ["for 2 to 5 days", "de 2 à 7 jours", ["2 to 5 days", "2 à 7 jours"]],
      ["after three weeks", "après quatre semaines", ["three weeks", "quatre semaines"]],
      ["for six months", "pendant six semaines", ["six months", "six semaines"]],
      ["two doses", "trois doses", ["two doses", "trois doses"]],
      ["98 per cent", "89 pour cent", ["98 per cent", "89 pour cent"]],
      ["under 16 years", "moins de 15 ans", ["16 years", "15 ans"]],
    ] as const) {
      it(`compares "${en}" with "${fr}"`, async () => {
        const found = await warnings(`A condom ${en}.`, `Un préservatif ${fr}.`);
        expect(found.map((line) => /says "(.*)", but/.exec(line)?.[1])).to.deep.equal(different);
      });
    }

    it("names the line and the other page, once for each figure", async () => {
      const [first, ...others] = await warnings("A condom.\n\nUp to 5 days.\n\nUp to 5 days.");
      expect(first).to.equal(
        'en/condoms.md, line 8: says "5 days", but knowledge/fr/condoms.md does not; compare the two pages',
      );
      expect(others).to.deep.equal([]);
    });
  });

  it("warns of passages that begin with a pronoun or an unnamed subject", async () => {
    for (const [en, subject] of [
      ["It protects.", "It"],
      ["**These** signs are harmless.", "These"],
      ["The pill does not.", "The pill"],
      ["Italians use it.", undefined],
      ["The morning-after pill does not.", undefined],
      ["It is never too late.", undefined],
    ] as const) {
      const [line] = await warnings(`A condom.\n\n## Part\n\n${en}`, "Un préservatif.");
      expect(line, en).to.equal(
        subject &&
          `en/condoms.md, line 10: begins a passage with "${subject}", but passages are shown alone; name what is meant`,
      );
    }
    for (const [fr, subject] of [
      ["Elle protège.", "Elle"],
      ["Cela protège.", "Cela"],
      ["Ces signes comptent.", "Ces"],
      ["La pilule protège.", "La pilule"],
      ["La pilule du lendemain protège.", undefined],
      ["Il faut un rendez-vous.", undefined],
    ] as const) {
      const [line] = await warnings("A condom.", fr);
      expect(/with "(.*)", but/.exec(line ?? "")?.[1], fr).to.equal(subject);
    }
  });

  it("accepts a subject that the heading of the passage names", async () => {
    expect(await warnings("A condom.\n\n## The pill and condoms\n\nThe pill does not.")).to.deep.equal([]);
  });

  it("warns of telling every reader what situation they are in", async () => {
    for (const [en, said] of [
      ["You are pregnant, so see a midwife.", "You are pregnant"],
      ["Now you're HIV positive.", "you're HIV positive"],
      ["If you are pregnant, see a midwife.", undefined],
      ["Say that you are pregnant.", undefined],
      ["You are right.\n\nYou are pregnant.", undefined],
    ] as const) {
      const [line] = await warnings(en);
      expect(line, en).to.equal(
        said &&
          `en/condoms.md, line 6: says "${said}" to every reader; make it a condition ("if …"), or write about people who are`,
      );
    }
    for (const [fr, said] of [
      ["Vous êtes enceinte.", "Vous êtes enceinte"],
      ["Si vous êtes enceinte, consultez.", undefined],
      ["Vous êtes en sécurité.", undefined],
    ] as const) {
      const [line] = await warnings("A condom.", fr);
      expect(/says "(.*)" to every/.exec(line ?? "")?.[1], fr).to.equal(said);
    }
  });

  describe("of a new language", () => {
    const page = `${CHECKED}# Condoms\n\nA condom protects.\n`;
    const flow = `title: { en: Hello, fr: Hello }
steps:
  hello: { say: { en: Nice to meet you here, fr: Nice to meet you here }, next: more }
  more: { say: { en: Let us begin, fr: Let us begin }, next: last }
  last: { say: { en: One more thing for you, fr: One more thing for you }, next: bye }
  bye: { end: true }
`;

    async function untranslated(changes: Record<string, Change>): Promise<string[]> {
      const checked = { "knowledge/fr/condoms.md": `${CHECKED}# Préservatifs\n\nUn préservatif protège.\n` };
      return withFolder({ "knowledge/en/condoms.md": page, ...checked, ...changes }, async (folder) => {
        const found = await reviewContent(folder, await loadContent(folder), TODAY);
        return found.map(describeMistake);
      });
    }

    it("warns of copied sentences of the bot", async () => {
      const found = await untranslated({
        "locales/fr.yaml": (text: string) =>
          text.replace(
            /^ {2}thanked: .*$/m,
            '  thanked: "You are very welcome! I am here whenever you have another question."',
          ),
      });
      expect(found).to.have.length(1);
      expect(found[0]).to.match(
        /^locales\/fr\.yaml, line \d+: "answer\.thanked" is the text of en; translate it$/,
      );
    });

    it("warns of a language without words of its own for asking for a person, and for thanks", async () => {
      const withoutFrench = (text: string): string =>
        text.replace(/^ {4}fr:\n(?: {6}- .*\n)+/m, "").replace(/^ {4}fr: \[merci.*\n/m, "");
      expect(await untranslated({ "bot.yaml": withoutFrench })).to.deep.equal([
        'bot.yaml: "person.phrases" has no "fr"; add how people ask for a person in it, or write "fr: []"',
        'bot.yaml: "small_talk.thanks" has no "fr"; add how people give thanks in it, or write "fr: []"',
      ]);
      const without = (text: string): string => text.replace(/^person:\n(?: {2}.*\n)+/m, "");
      expect(await untranslated({ "bot.yaml": without })).to.deep.equal([]);
    });

    it("warns of a copied page, whatever its settings", async () => {
      const copy = page.replace("---\n#", "keywords: [préservatif]\n---\n#");
      expect(await untranslated({ "knowledge/fr/condoms.md": copy })).to.deep.equal([
        "knowledge/fr/condoms.md: is the page of en; translate it",
      ]);
    });

    it("warns of copied texts of flows and topics; short ones may be the same", async () => {
      expect(await untranslated({ "flows/welcome.yaml": flow })).to.deep.equal([
        'flows/welcome.yaml, line 3: "steps.hello.say.fr" and 1 more are the texts of en; translate them',
      ]);
    });
  });
});
