import { expect } from "chai";
import {
  type AnswersDeps,
  type AvailableEmbeddings,
  createAnswers,
  type Embedder,
  type LiveAnswers,
} from "../../../lib/answers/index.ts";
import type { Model } from "../../../lib/answers/models/model.ts";
import { modelDown } from "../../../lib/answers/models/model-error.ts";
import { silentLogger } from "../../../lib/core/index.ts";
import { standInVector } from "../../../lib/sandbox/models/index.ts";
import { pagesOf, passages } from "../passages.ts";
import { question, WatchedClock } from "../support.ts";

/** A model that is never there: the library answers. */
const absentModel: Model = {
  provider: "Absent",
  name: "absent",
  embeddingModel: "stand-in",
  reads: () => true,
  ask: () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(modelDown()) }),
  }),
  embed: async () => [],
};

describe("answers that are searched by meaning, too", () => {
  let asked: (readonly string[])[];
  let answers: LiveAnswers;
  let learned: Promise<void>;

  const start = async (changes: Partial<AnswersDeps> = {}): Promise<void> => {
    asked = [];
    const vectorsOf = (texts: readonly string[]): Float32Array[] =>
      texts.map((text) => Float32Array.from(standInVector(text)));
    const embedder: Embedder = {
      model: "stand-in",
      async ofQuestion(texts) {
        asked.push(texts);
        return vectorsOf(texts);
      },
      ofLibrary: async (texts) => vectorsOf(texts),
      stats: () => ({ model: "stand-in", breaker: "closed", isPaused: false, costThisMonth: 0 }),
    };
    let isLearned = (): void => undefined;
    learned = new Promise((resolve) => {
      isLearned = resolve;
    });
    const embeddings: AvailableEmbeddings = {
      embedder,
      provider: "openai",
      files: {
        read: async () => new Map(),
        add: async () => undefined,
        tidy: async () => isLearned(),
        readClassifier: async () => null,
        writeClassifier: async () => undefined,
      },
    };
    answers = createAnswers({
      passages,
      pages: pagesOf(passages),
      persona: "Kind.",
      rules: ["Be brief."],
      models: [{ model: absentModel, provider: "openai" }],
      embeddings,
      clock: new WatchedClock(),
      random: () => 0.5,
      logger: silentLogger,
      ...changes,
    });
    await answers.getReady();
    await learned;
  };

  afterEach(() => answers.close());

  it("embed a question once, though it is searched for the model and for the library", async () => {
    await start();
    await answers.answer(question({ text: "Which lube?" }));
    expect(asked).to.deep.equal([["Which lube?"]]);
  });

  it("embed a follow-up together with what it goes on from, and of a story the sentence that asks", async () => {
    await start();
    const history = [{ sender: "person" as const, text: "My condom broke." }];
    await answers.answer(question({ text: "and what now?", history }));
    expect(asked).to.deep.equal([["and what now?", "My condom broke. and what now?"]]);
    const story = `${"We were at the lake and it rained and then the sun came out again. ".repeat(3)}Is that bad?`;
    await answers.answer(question({ text: story }));
    expect(asked[1]).to.deep.equal([story, "Is that bad?"]);
  });

  it("embed nothing of people under 18, unless the model may answer them", async () => {
    const young = question({ profile: { ageGroup: "under-18" } });
    await start();
    await answers.answer(young);
    expect(asked).to.deep.equal([]);
    await answers.close();
    await start({ underAgeModels: ["openai"] });
    await answers.answer(young);
    expect(asked).to.have.lengthOf(1);
  });

  it("embed nothing for a provider whose model may not be asked", async () => {
    await start({
      models: [
        { model: absentModel, provider: "openai", isOn: () => false },
        { model: { ...absentModel, name: "other" }, provider: "gemini" },
      ],
    });
    await answers.answer(question());
    expect(asked).to.deep.equal([]);
  });

  it("learn a new library in place of the old one", async () => {
    await start();
    const hiv = passages.filter(({ pageId }) => pageId === "en/hiv");
    await answers.setMaterial({ passages: hiv, pages: pagesOf(hiv), persona: "Kind.", rules: [] });
    const answer = await answers.answer(question({ text: "johnny ripped" }));
    expect(JSON.stringify(answer)).not.to.include("en/condoms");
  });
});
