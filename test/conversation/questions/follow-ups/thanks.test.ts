import { expect } from "chai";
import type { Answer } from "../../../../lib/answers/index.ts";
import type { Content } from "../../../../lib/content/index.ts";
import { keptAnswer } from "../../../../lib/conversation/questions/answer-text.ts";
import { loadSample } from "../../../support/sample.ts";
import { MODEL_ANSWER } from "../../talk.ts";

const NOTHING: Answer = { kind: "nothing-found", why: "no-model" };
const CHOICE: Answer = {
  kind: "choice",
  pages: [{ pageId: "en/a", title: "A", language: "en", passageId: "en/a#1" }],
  why: "no-model",
};

describe("thanks", () => {
  let content: Content;
  const replyTo = (text: string, answer: Answer) => keptAnswer(answer, text, "en", content).text;
  const thanked = () => content.translate("en", "answer.thanked");

  before(async () => {
    content = await loadSample();
  });

  for (const text of [
    "thank you so much you helped me",
    "Thanks!",
    "thx that was so helpful",
    "merci beaucoup, vous m'avez bien aidé",
    "cheers",
    "ok thanks a lot",
  ]) {
    it(`are answered as thanks, whatever the library comes up with: ${text}`, () => {
      expect(replyTo(text, NOTHING)).to.equal(thanked());
      expect(replyTo(text, CHOICE)).to.equal(thanked());
      expect(replyTo(text, MODEL_ANSWER)).to.equal("Use a **new** one each time.");
    });
  }

  it("are seen where more is said, but nothing asked and nothing found", () => {
    const text = "thanks, that was useful for me and my sister";
    expect(replyTo(text, NOTHING)).to.equal(thanked());
    expect(replyTo(text, CHOICE)).not.to.equal(thanked());
  });

  for (const text of ["Thanks, and how do I get tested?", "how do i get tested", "my sister has a rash"]) {
    it(`do not hide a question: ${text}`, () => {
      expect(replyTo(text, CHOICE)).to.equal(content.translate("en", "choice.ask"));
      expect(replyTo(text, NOTHING)).to.equal(content.translate("en", "answer.nothing_found"));
    });
  }

  it("are not what the words for nothing found are about, which suit the weather, too", () => {
    const nothing = replyTo("what is the weather like tomorrow", NOTHING);
    expect(nothing)
      .to.match(/nothing about this in our library/)
      .and.to.match(/With anything else I cannot help/);
    expect(nothing).not.to.match(/your health worries you|someone is in danger/);
  });
});
