import { expect } from "chai";
import { Library } from "../../../lib/answers/library/library.ts";
import { useEmptyDatabase } from "../../support/empty-database.ts";
import { BUILT_FILES } from "../../support/learnt.ts";
import { Talk } from "../talk.ts";

const STEPS = [1, 2, 3, 4].map((step) => ({
  type: "photo",
  media: { mediaPath: `condom/step-${step}.jpg` },
}));

describe("the pictures of a topic", () => {
  const empty = useEmptyDatabase();
  let talk: Talk;

  beforeEach(() => {
    talk = new Talk(empty.db, empty.content);
    const passage = empty.content.passages.find(({ section }) => section === "How to put on a condom");
    const library = new Library(empty.content, { files: BUILT_FILES });
    talk.answer = async () => library.passage(passage?.id ?? "", "no-model") ?? Promise.reject();
    talk.passage = (id, why) => library.passage(id, why);
  });

  const albums = () => talk.sends.filter(({ method }) => method === "sendMediaGroup");

  it("go with the same answer from the library, below it, once", async () => {
    const question = talk.message({ text: "how do u put a johnny on" });
    await talk.handle(question, 1);
    await talk.handle(question, 1);
    const methods = talk.sends.map(({ method }) => method);
    expect(methods.slice(0, 2)).to.deep.equal(["sendMessage", "sendMediaGroup"]);
    expect(albums()).to.have.lengthOf(1);
    expect(albums()[0]?.params.media).to.deep.equal(STEPS);
  });

  it("go with each of two answers in a row, below its own text", async () => {
    await talk.say("how do u put a johnny on");
    await talk.say("how do you put a condom on?");
    const methods = talk.sends.map(({ method }) => method).filter((method) => method !== "sendChatAction");
    expect(methods.join(" ")).to.match(/^sendMessage sendMediaGroup (?:\S+ )*?sendMessage sendMediaGroup/);
    expect(albums().map(({ params }) => params.media)).to.deep.equal([STEPS, STEPS]);
  });

  it("go with it as one album when a page has two of them", async () => {
    const pictures = STEPS.slice(0, 2).map(({ media }) => media.mediaPath);
    const passage = empty.content.passages.find(({ section }) => section === "How to put on a condom");
    talk.passage = (id, why) => {
      const answer = new Library(empty.content).passage(id, why);
      const media = passage?.media?.filter((file) =>
        pictures.some((path) => JSON.stringify(file).includes(path)),
      );
      return (
        answer && {
          ...answer,
          passages: answer.passages.map((one) => ({ ...one, ...(media ? { media } : {}) })),
        }
      );
    };
    await talk.say("how do u put a johnny on");
    expect(albums().map(({ params }) => params.media)).to.deep.equal([STEPS.slice(0, 2)]);
  });

  it("go with it when it was chosen from several pages", async () => {
    const passage = empty.content.passages.find(({ section }) => section === "How to put on a condom");
    const page = { pageId: "en/condoms", title: "Condoms", language: "en", passageId: passage?.id ?? "" };
    talk.answer = async () => ({ kind: "choice", pages: [page], why: "no-model" });
    await talk.say("johnny?");
    await talk.tap("Condoms");
    expect(albums()[0]?.params.media).to.deep.equal(STEPS);
  });
});
