import { expect } from "chai";
import { createAnswers } from "../../lib/answers/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { loadSample } from "../support/sample.ts";
import { question, startBench } from "./support.ts";

const page = (title: string, text: string) => ({
  id: `en/${title}#1`,
  pageId: `en/${title}`,
  language: "en",
  title,
  text,
});

describe("answers whose material is exchanged", () => {
  it("come from the new pages and rules at once", async () => {
    const answers = createAnswers({
      passages: [page("Condoms", "Roll the condom on.")],
      persona: "Kind.",
      rules: ["Be brief."],
      models: [],
      clock: new FakeClock(),
      random: () => 0.5,
      logger: silentLogger,
    });
    const ask = async (text: string) => await answers.answer(question({ text }));
    expect(await ask("Where do I put a diaphragm?")).to.have.property("kind", "nothing-found");
    expect(answers.checkRisk("there is a fire here", "en")).to.equal(null);

    const indexed = answers.setMaterial({
      passages: [page("Diaphragm", "Put the diaphragm over the cervix.")],
      persona: "Kind.",
      rules: ["Be brief."],
      risks: [{ id: "fire", languages: { en: { phrases: ["a fire here"], not: [], help: "Get out." } } }],
    });
    expect(await ask("Where do I put a diaphragm?"))
      .to.have.property("text")
      .that.includes("over the cervix");
    expect(answers.checkRisk("there is a fire here", "en")).to.include({ id: "fire" });
    await indexed;
    await answers.close();
  });

  it("give a model the pages that the new example questions lead to", async () => {
    const bench = await startBench();
    try {
      await bench.answers.getReady();
      const passages = [page("Condoms", "Roll the condom on."), page("Diaphragm", "Over the cervix.")];
      const pages = passages.map(({ pageId: id, language, title }) => ({
        id,
        language,
        title,
        keywords: [],
        questions: title === "Diaphragm" ? ["that rubber dome thingy"] : [],
        urgent: [],
      }));
      await bench.answers.setMaterial({ passages, pages, persona: "Kind.", rules: ["Be brief."] });
      await bench.answers.answer(question({ text: "rubber dome thingys" }));
      expect(bench.fake.calls[0]?.system).to.include("Over the cervix.");
    } finally {
      await bench.stop();
    }
  });

  it("read the slang that comes with the new pages", async () => {
    const bench = await startBench();
    try {
      const passages = [page("Tests", "Wait three weeks."), page("Bikes", "Use a patch.")];
      const pages = passages.map(({ pageId: id, language, title }) => ({
        id,
        language,
        title,
        keywords: [],
        questions: title === "Tests" ? ["pregnant, what now"] : ["beggars, what now", "preggings, what now"],
        urgent: [],
      }));
      await bench.answers.getReady();
      const slang = { en: new Map([["preggers", "pregnant"]]) };
      await bench.answers.setMaterial({ passages, pages, slang, persona: "Kind.", rules: [] });
      await bench.answers.answer(question({ text: "preggers, what now" }));
      expect(bench.fake.calls[0]?.system?.indexOf("Wait three weeks.")).to.be.within(
        0,
        bench.fake.calls[0]?.system?.indexOf("Use a patch.") ?? 0,
      );
    } finally {
      await bench.stop();
    }
  });

  it("do not finish the library's index or the risk rules before they stop", async () => {
    const content = await loadSample();
    const written: string[] = [];
    const answers = createAnswers({
      passages: content.passages,
      pages: content.pages,
      risks: content.risks,
      riskExamples: content.riskExamples.slice(0, 50),
      persona: "Kind.",
      rules: ["Be brief."],
      learntFiles: {
        async *read() {},
        write: async (language) => void written.push(language),
      },
      models: [],
      clock: new FakeClock(),
      random: () => 0.5,
      logger: { ...silentLogger, error: (message) => expect.fail(message) },
    });
    const indexed = answers.getReady();
    await answers.close();
    await indexed;
    expect(written).to.deep.equal([]);
  });

  it("say which languages there are pages in when there is none in the person's", async () => {
    const answers = createAnswers({
      models: [],
      passages: [page("Condoms", "Roll the condom on.")],
      persona: "Kind.",
      rules: ["Be brief."],
      clock: new FakeClock(),
      random: () => 0.5,
      logger: silentLogger,
    });
    const nothing = { kind: "nothing-found", why: "no-model" };
    expect(await answers.answer(question({ text: "wie geht ein Kondom", language: "de" }))).to.deep.equal({
      ...nothing,
      otherLanguages: ["en"],
    });
    expect(await answers.answer(question({ text: "who won the cup", language: "en" }))).to.deep.equal(
      nothing,
    );
    await answers.close();
  });
});
