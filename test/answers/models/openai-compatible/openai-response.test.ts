import { expect } from "chai";
import { readPiece } from "../../../../lib/answers/models/openai-compatible/openai-response.ts";

describe("a piece of an OpenAI-compatible response", () => {
  it("is a refusal when the model says that it is one, in a stream or whole", () => {
    for (const where of ["delta", "message"]) {
      const choices = [{ [where]: { content: null, refusal: "I can't help with that." } }];
      expect(readPiece({ choices }), where).to.deep.equal({ text: "", blocked: "ANSWER_REFUSAL" });
    }
  });

  for (const name of ["reasoning_content", "reasoning"]) {
    it(`counts thoughts that are named ${name}, and does not show them`, () => {
      const choices = [{ delta: { content: "", [name]: "Hmm, well." } }];
      expect(readPiece({ choices })).to.deep.equal({ text: "", thoughtLength: 10 });
    });
  }
});
