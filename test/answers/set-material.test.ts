import { expect } from "chai";
import { createAnswers } from "../../lib/answers/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { question } from "./support.ts";

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
      clock: new FakeClock(),
      random: () => 0.5,
      logger: silentLogger,
    });
    const ask = async (text: string) => await answers.answer(question({ text }));
    expect(await ask("Where do I put a diaphragm?")).to.have.property("kind", "nothing-found");
    expect(answers.checkRisk("there is a fire here", "en")).to.equal(null);

    answers.setMaterial({
      passages: [page("Diaphragm", "Put the diaphragm over the cervix.")],
      persona: "Kind.",
      rules: ["Be brief."],
      risks: [{ id: "fire", languages: { en: { phrases: ["a fire here"], not: [], help: "Get out." } } }],
    });
    expect(await ask("Where do I put a diaphragm?"))
      .to.have.property("text")
      .that.includes("over the cervix");
    expect(answers.checkRisk("there is a fire here", "en")).to.include({ id: "fire" });
    await answers.close();
  });
});
