import { expect } from "chai";
import { groupQuestions, readGaps } from "../../lib/operations/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** The same question of several people. */
const asked = (people: readonly number[], text: string, language = "en") =>
  people.map((telegramUserId) => ({ telegramUserId, language, text }));

describe("the gaps of the library", () => {
  it("are grouped by the words that at least five people used, the commonest first", () => {
    const groups = groupQuestions([
      ...asked([1, 2, 3, 4, 5, 6], "what does a vasectomy cost"),
      ...asked([7, 7], "vasectomy please"),
      ...asked([1, 2, 3, 4, 5], "combien coûte la vasectomie", "fr"),
      ...asked([1, 2, 3, 4], "my neighbour Amadou has a bicycle"),
    ]);
    expect(groups).to.deep.equal([
      { language: "en", words: ["vasectomy", "cost"], people: 7, questions: 8 },
      { language: "fr", words: ["coute", "vasectomie"], people: 5, questions: 5 },
    ]);
  });

  it("show no word of fewer than five people, however often they used it, no number and no filler", () => {
    const often = [1, 1, 1, 1, 1, 2, 3, 4];
    expect(groupQuestions(asked(often, "call Amadou at 0612345678"))).to.deep.equal([]);
    expect(groupQuestions(asked([1, 2, 3, 4, 5], "what is it? 0612345678"))).to.deep.equal([]);
  });

  it("count a question in one group only", () => {
    const groups = groupQuestions([
      ...asked([1, 2, 3, 4, 5, 6], "vasectomy cost"),
      ...asked([7, 8, 9, 10, 11], "abortion cost"),
    ]);
    expect(groups.map(({ words, questions }) => [words[0], questions])).to.deep.equal([["cost", 11]]);
  });

  it("name disliked pages and those that nobody was answered with", async () => {
    const clock = new FakeClock();
    const page = (id: string, title: string) => ({
      id,
      language: "en",
      title,
      keywords: [],
      questions: [],
      urgent: [],
    });
    const gaps = await readGaps(
      {
        unanswered: async () => [],
        pages: async () => [
          { title: "Condoms", answers: 9, dislikes: 1 },
          { title: "HIV", answers: 4, dislikes: 3 },
          { title: "Periods", answers: 4, dislikes: 0 },
        ],
      },
      [page("en/condoms", "Condoms"), page("en/hiv", "HIV"), page("en/coil", "The coil")],
      { clock, days: 30 },
    );
    expect(gaps.disliked.map(({ title }) => title)).to.deep.equal(["HIV", "Condoms"]);
    expect(gaps.unread).to.deep.equal(["en/coil"]);
  });
});
