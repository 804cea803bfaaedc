import { expect } from "chai";
import { guideMistakesOf, loadGuides } from "./temporary-content.ts";

const question = (id: string, more = ""): string =>
  `{ id: ${id}, question: { en: ${id}?, fr: ${id} ? }, answer: { en: Yes., fr: Oui. }${more} }`;
const topic = (title: string, more: string): string => `title: { en: ${title}, fr: ${title} }\n${more}\n`;
const mistakes = async (text: string): Promise<string[]> =>
  (await guideMistakesOf({ "faq/body.yaml": text })).map((line) => line.replace("faq/body.yaml, ", ""));

describe("topics", () => {
  it("hold questions and subtopics, several levels deep", async () => {
    const { topics } = await loadGuides({
      "faq/body.yaml": `title: { en: Body, fr: Corps }
emoji: 🌱
intro: { en: All about it., fr: Tout savoir. }
topics:
  - id: skin
    title: { en: Skin, fr: Peau }
    topics:
      - id: spots
        title: { en: Spots, fr: Boutons }
        questions: [${question("squeeze")}]
questions: [${question("hair")}]
`,
    });
    const entry = (id: string) => ({
      id,
      question: { en: `${id}?`, fr: `${id} ?` },
      answer: { en: "Yes.", fr: "Oui." },
      media: [],
      sections: [],
    });
    expect(topics).to.deep.equal([
      {
        id: "body",
        title: { en: "Body", fr: "Corps" },
        emoji: "🌱",
        intro: { en: "All about it.", fr: "Tout savoir." },
        topics: [
          {
            id: "skin",
            title: { en: "Skin", fr: "Peau" },
            topics: [
              { id: "spots", title: { en: "Spots", fr: "Boutons" }, topics: [], entries: [entry("squeeze")] },
            ],
            entries: [],
          },
        ],
        entries: [entry("hair")],
      },
    ]);
  });

  it("are sorted by order, those without one last and by name", async () => {
    const { topics } = await loadGuides({
      "faq/a.yaml": topic("A", `questions: [${question("a")}]`),
      "faq/b.yaml": topic("B", `order: 2\nquestions: [${question("b")}]`),
      "faq/c.yaml": topic("C", `questions: [${question("c")}]`),
      "faq/d.yaml": topic("D", `order: 1.5\nquestions: [${question("d")}]`),
    });
    expect(topics.map(({ id }) => id)).to.deep.equal(["d", "b", "a", "c"]);
  });

  it("are refused when something is missing, unknown or too long", async () => {
    expect(await mistakes(topic("B", "colour: red\nquestions: []"))).to.deep.equal([
      'line 2: "colour" is unknown; correct its spelling or remove it',
    ]);
    expect(await mistakes(topic("B", "questions: []"))).to.deep.equal([
      'line 2: "questions" is empty; add a question, or topics below it',
    ]);
    expect(await mistakes(topic("B", `emoji: abc\nquestions: [${question("a")}]`))).to.deep.equal([
      'line 2: "emoji" must be one emoji',
    ]);
    expect(await mistakes(topic("B".repeat(63), `emoji: 🌱\nquestions: [${question("a")}]`))).to.deep.equal([
      'line 1: "title" is too long with its emoji; use at most 64 characters',
    ]);
    expect(
      await mistakes(
        topic("B", "questions:\n  - id: a\n    question: { en: A?, fr: A }\n    answer: { en: Yes. }"),
      ),
    ).to.deep.equal(['line 5: "questions.0.answer.fr" is missing; add it']);
  });

  it("leave room for the question above its answer", async () => {
    const answer = (length: number): string =>
      topic(
        "B",
        `questions: [{ id: a, question: { en: A?, fr: A }, answer: { en: A, fr: ${"x".repeat(length)} } }]`,
      );
    await loadGuides({ "faq/body.yaml": answer(4030) });
    expect(await mistakes(answer(4031))).to.deep.equal([
      'line 2: "questions.0.answer.fr" is too long; use at most 4030 characters (it has 4031)',
    ]);
  });

  it("are refused when an id is used twice, even in different files", async () => {
    expect(
      await guideMistakesOf({
        "faq/a.yaml": topic("A", `questions: [${question("same")}]`),
        "faq/b.yaml": topic(
          "B",
          `topics: [{ id: a, title: { en: A, fr: A }, questions: [${question("x")}] }]\nquestions: [${question("same")}]`,
        ),
      }),
    ).to.deep.equal([
      'faq/b.yaml, line 2: "topics.0.id" names a topic "a", and so does faq/a.yaml, line 1; rename one',
      'faq/b.yaml, line 3: "questions.0.id" names a question "same", and so does faq/a.yaml, line 2; rename one',
    ]);
  });

  it("with mistakes can still be referenced by flows, which report their own mistakes only", async () => {
    expect(
      await guideMistakesOf({
        "faq/body.yaml": topic("B", "questions: []"),
        "flows/guide.yaml":
          "title: { en: G, fr: G }\nsteps:\n  a: { act: topic, topic: body, next: b }\n  b: { end: true }\n",
      }),
    ).to.deep.equal(['faq/body.yaml, line 2: "questions" is empty; add a question, or topics below it']);
  });
});
