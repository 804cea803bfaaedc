import { expect } from "chai";
import { createRiskCheck, type RiskCheck, type RiskRule, type RiskWords } from "../../lib/risk/risk.ts";
import { BUILT_FILES } from "../support/learnt.ts";
import { loadSample } from "../support/sample.ts";
import { DANGERS, HARMLESS } from "./risk-messages.ts";

describe("the risk check with the sample rules", () => {
  let sample: RiskCheck;
  let learnt: RiskCheck;

  before(async () => {
    const { risks, riskExamples } = await loadSample();
    sample = createRiskCheck(risks);
    learnt = createRiskCheck(risks, riskExamples, { files: BUILT_FILES });
    await learnt.getReady();
  });

  for (const [language, rules] of Object.entries(DANGERS)) {
    for (const [rule, messages] of Object.entries(rules)) {
      it(`hears ${rule} in every way it is put (${language})`, () => {
        const heard = messages.map((message) => [message, sample.check(message, language)?.id]);
        expect(heard).to.deep.equal(messages.map((message) => [message, rule]));
      });
    }
  }

  for (const [language, messages] of Object.entries(HARMLESS)) {
    it(`raises no alarm about ordinary questions (${language})`, () => {
      const alarms = (check: RiskCheck): string[] =>
        messages.filter((message) => check.check(message, language) !== null);
      expect(alarms(sample), "phrases").to.deep.equal([]);
      expect(alarms(learnt), "with what was learnt").to.deep.equal([]);
    });
  }

  it("names contacts in its help, with nothing left to fill in", () => {
    expect(sample.help("self-harm", "fr")?.help).to.include("findahelpline.com").and.not.include("{{");
  });

  it("hears a danger at the end of the longest message", () => {
    const talk = "to take myself pills my house not anymore ".repeat(95);
    expect(sample.check(`${talk}. I want to die`, "en")?.id).to.equal("self-harm");
    expect(sample.check(talk, "en")).to.equal(null);
  });
});

describe("the risk check", () => {
  const rules: RiskRule[] = [
    {
      id: "fire",
      languages: {
        en: { phrases: ["house ... burning/burns", "set*  alight"], not: ["burning love"], help: "Call 1." },
        fr: { phrases: ["au feu", "j'ai brûlé"], not: [], help: "Appelez le 1." },
      },
    },
  ];
  const small = createRiskCheck(rules);

  it("does not care for case, accents, apostrophes, drawn-out letters or small typing mistakes", () => {
    for (const text of [
      "THE HOUSE IS BURNING",
      "my house burrning",
      "houuuuse is burnnnning!!!",
      "J’ai brûlé",
      "jai brule",
      "j ai brulé",
    ]) {
      expect(small.check(text, "en")?.id, text).to.equal("fire");
    }
  });

  it("gives the help in the language the message was understood in, the person's language first", () => {
    expect(small.check("au feu", "en")?.help).to.equal("Appelez le 1.");
    expect(small.check("house burning", "fr")?.help).to.equal("Call 1.");
  });

  it("leaves out what is harmless, and still hears the rest of the message", () => {
    expect(small.check("this house is full of burning love", "en")).to.equal(null);
    expect(small.check("burning love! also, my house is burning", "en")?.id).to.equal("fire");
  });

  it("puts no words of different sentences together", () => {
    expect(small.check("I like my house. Burning calories is fun.", "en")).to.equal(null);
  });

  it("hears a danger at the beginning and at the end of a text of any length", () => {
    const book = "word ".repeat(200_000);
    expect(small.check(`the house is burning ${book}`, "en")?.id).to.equal("fire");
    expect(small.check(`${book} the house is burning`, "en")?.id).to.equal("fire");
    expect(small.check(book, "en")).to.equal(null);
  });

  it("goes through a message made of the words of its phrases once", () => {
    const words = Array.from({ length: 9 }, () => "fire").join(" ... ");
    const slow = createRiskCheck([
      { id: "slow", languages: { en: { phrases: [`${words} ... alarm`], not: [], help: "" } } },
    ]);
    expect(slow.check("fire ".repeat(4000), "en")).to.equal(null);
    expect(slow.check(`${"fire ".repeat(3000)} alarm`, "en")?.id).to.equal("slow");
  });

  it("tells the help of a rule by its id, and none for an unknown one", () => {
    expect(small.help("fire", "fr")?.help).to.equal("Appelez le 1.");
    expect(small.help("fire", "de")?.help).to.equal("Call 1.");
    expect(small.help("flood", "en")).to.equal(null);
  });

  describe("with phrases by structure", () => {
    /** Whether a phrase is heard in a message. */
    const hears = (phrase: string, message: string): boolean => {
      const groups = { parent: ["mum", "step mum"], family: ["<parent>", "brother"] };
      const words = { phrases: [phrase], not: [], help: "", numbers: { twelve: 12 }, groups };
      return createRiskCheck([{ id: "a", languages: { en: words } }]).check(message, "en") !== null;
    };

    for (const [phrase, heard, unheard] of [
      [
        "took ... <16+> pills",
        ["took 16 pills", "took about 200 pills"],
        ["took 15 pills", "took many pills"],
      ],
      ["im <9-13>", ["I'm 9", "im twelve", "im 13yo"], ["im 8", "im 14", "im 130"]],
      ["mum/step-mum hits", ["my mum hits me", "my step mum hits me"], ["mum step hits"]],
      ["!dont/never want to die", ["I want to die"], ["I don't want to die", "I never really want to die"]],
      ["hits me !up/hard", ["he hits me", "he hits me. Get up"], ["hits me up", "it hits me really hard"]],
      ["he ... !nearly/almost hit me", ["he then hit me"], ["he almost hit me", "he very nearly hit me"]],
      [
        "im <9-13> & pregnant/sex",
        ["pregnant, and I'm 12", "im 12. can i have sex"],
        ["im 12", "im 30 and pregnant"],
      ],
      [
        "bleeding & !normal/how-long",
        ["I am bleeding"],
        ["how long is the bleeding", "bleeding. is it normal"],
      ],
      ["<family> hits", ["my mum hits", "my step mum hits"], ["the family hits", "she hits"]],
      ["bu ... eau", ["j'ai bu de l'eau", "jai bu l eau"], ["bu des seaux"]],
      ["avalé alcool", ["avalé d'alcool", "avale lalcool"], ["avalé calcool"]],
    ] as const) {
      it(`hears "${phrase}" only where it fits`, () => {
        expect(heard.filter((message) => !hears(phrase, message))).to.deep.equal([]);
        expect(unheard.filter((message) => hears(phrase, message))).to.deep.equal([]);
      });
    }
  });

  it("raises nothing about what is told of a film, whatever the rule", () => {
    const languages = { en: { phrases: ["fire"], not: [], unless: ["in a film"], help: "" } };
    const check = createRiskCheck([{ id: "fire", languages }]);
    expect(check.check("a fire, in a film", "en")).to.equal(null);
    expect(check.check("a film and a fire", "en")?.id).to.equal("fire");
  });

  it("takes no word for a misspelling when the rules know it as it is", () => {
    const words = { phrases: ["saigner", "soigner & malade"], not: [], help: "" };
    const check = createRiskCheck([{ id: "blood", languages: { fr: words } }]);
    expect(check.check("saiigner", "fr")?.id).to.equal("blood");
    expect(check.check("me soigner", "fr")).to.equal(null);
  });

  it("reads short spellings as whole words, where no phrase has the short one", () => {
    const words = { phrases: ["je suis mal"], not: [], spellings: { jsuis: "je suis" }, help: "" };
    const check = createRiskCheck([{ id: "ill", languages: { fr: words } }]);
    expect(check.check("jsuis mal", "fr")?.id).to.equal("ill");
    const own = { ...words, phrases: ["jsuis mal"] };
    expect(createRiskCheck([{ id: "ill", languages: { fr: own } }]).check("jsuis mal", "fr")?.id).to.equal(
      "ill",
    );
  });

  describe("with examples", () => {
    const dangers = ["smoke fills our kitchen", "smoke in my kitchen", "there is smoke, the kitchen is hot"];
    const everyday = [
      "our kitchen is small",
      "we cook in the kitchen",
      "what do you cook",
      "the sofa is small",
    ];
    const examples = [
      ...dangers.map((message) => ({ language: "en", rule: "fire", message })),
      ...everyday.map((message) => ({ language: "en", rule: null, message })),
    ];
    const words = {
      phrases: ["burning"],
      not: ["smoke machine"],
      unless: ["in a film"],
      help: "Call 1.",
    };
    const withExamples = (): RiskCheck =>
      createRiskCheck([{ id: "fire", languages: { en: words } }], examples);

    it("hears what sounds like them though no phrase has it, once it has learnt from them", async () => {
      const check = withExamples();
      expect(check.check("help, smoke everywhere now", "en")).to.equal(null);
      await check.getReady();
      expect(check.check("help, smoke everywhere now", "en")).to.deep.equal({ id: "fire", help: "Call 1." });
      expect(check.check("smoke", "en"), "too short to tell").to.equal(null);
      expect(check.check("smoke in a film", "en")).to.equal(null);
      expect(check.check("a smoke machine, smoke everywhere now", "en"), "called harmless").to.equal(null);
      expect(check.check("is the kitchen small", "en")).to.equal(null);
    });

    it("hears words of a group that the examples have other words of", async () => {
      const grouped = { ...words, groups: { smoke: ["smoke", "fumes"], place: ["garage", "kitchen"] } };
      const heardWith = async (own: RiskWords): Promise<string | undefined> => {
        const check = createRiskCheck([{ id: "fire", languages: { en: own } }], [...examples]);
        await check.getReady();
        return check.check("fumes! garage! fumes!", "en")?.id;
      };
      expect(await heardWith(words)).to.equal(undefined);
      expect(await heardWith(grouped)).to.equal("fire");
    });

    it("judges three words, but no fewer", async () => {
      const check = withExamples();
      await check.getReady();
      expect(check.check("smoke in kitchen", "en")?.id).to.equal("fire");
      expect(check.check("smoke kitchen", "en")).to.equal(null);
    });

    it("takes questions of a page about danger for no everyday ones", async () => {
      const page = "en/fire";
      const ofPage = ["is it burning", "smoke everywhere, what now", "who brings water when there is smoke"];
      const mixed = [
        ...examples,
        ...ofPage.map((message) => ({ language: "en", rule: null, message, page })),
      ];
      const check = createRiskCheck([{ id: "fire", languages: { en: words } }], mixed);
      await check.getReady();
      expect(check.check("smoke everywhere, what now", "en")?.id).to.equal("fire");
    });
  });

  it("hears the same whether its rules were read before the first message or by it", async () => {
    const ready = createRiskCheck(rules);
    await ready.getReady();
    for (const text of ["the house is burning", "au feu", "nothing"]) {
      expect(ready.check(text, "en"), text).to.deep.equal(createRiskCheck(rules).check(text, "en"));
    }
  });

  it("adds to the help only the lines that fit the message, and all of them where there is none", () => {
    const help = "Call.\n{{lines}}\nBye.";
    const lines = [
      { when: ["burn*"], text: "- Cool it." },
      { when: ["my friend"], text: "- Stay with them." },
    ];
    const check = createRiskCheck([
      { id: "fire", languages: { en: { phrases: ["fire"], not: [], help, lines } } },
    ]);
    expect(check.check("a fire", "en")?.help).to.equal("Call.\nBye.");
    expect(check.check("a fire burned my friend", "en")?.help).to.equal(
      "Call.\n- Cool it.\n- Stay with them.\nBye.",
    );
    expect(check.help("fire", "en")?.help).to.equal("Call.\n- Cool it.\n- Stay with them.\nBye.");
  });

  it("finds nothing where there are no rules or no words", () => {
    expect(createRiskCheck([]).check("I want to die", "en")).to.equal(null);
    expect(small.check("", "en")).to.equal(null);
    expect(small.check("?! 👋", "fr")).to.equal(null);
  });
});
