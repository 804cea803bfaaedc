import { expect } from "chai";
import { type FlowInput, readAnswer } from "../../../lib/conversation/flows/answer-reading.ts";

const TODAY = "2026-06-15";
type Expected = Parameters<typeof readAnswer>[0];

/** What an ask makes of a text: the value, or what else it is. */
function read(expects: Expected, text: string): unknown {
  const input: FlowInput = { kind: "text", text };
  const answer = readAnswer(expects, input, TODAY);
  return answer.kind === "answer" ? answer.value : answer.kind;
}

describe("reading answers", () => {
  it("takes a choice by its button, or by its label in any language", () => {
    const expects: Expected = {
      type: "choice",
      rows: [[{ id: "y", label: { en: "Yes", fr: "Oui" } }], [{ id: "n", label: { en: "No", fr: "Non" } }]],
    };
    expect(readAnswer(expects, { kind: "choice", id: "n" }, TODAY)).to.include({
      kind: "answer",
      value: "n",
    });
    expect(readAnswer(expects, { kind: "choice", id: "constructor" }, TODAY)).to.deep.equal({
      kind: "misfit",
    });
    expect(["yes", " OUI ", "Non"].map((text) => read(expects, text))).to.deep.equal(["y", "y", "n"]);
    expect(read(expects, "maybe")).to.equal("question");
  });

  it("keeps texts within their limits", () => {
    expect(read({ type: "text", minLength: 2, maxLength: 4 }, " abc ")).to.equal("abc");
    expect(read({ type: "text", minLength: 2, maxLength: 4 }, "a")).to.equal("misfit");
    expect(read({ type: "text", minLength: 2, maxLength: 4 }, "abcde")).to.equal("misfit");
    expect(read({ type: "text" }, "a".repeat(5_000))).to.equal("misfit");
  });

  it("reads numbers as people write them", () => {
    const expects: Expected = { type: "number", min: 0, max: 100 };
    expect(["7", "7,5", "+7.25", "0"].map((text) => read(expects, text))).to.deep.equal([7, 7.5, 7.25, 0]);
    expect(["-1", "101", "seven", "1e3", "٣", ""].map((text) => read(expects, text))).to.deep.equal(
      Array.from({ length: 6 }, () => "misfit"),
    );
    expect(read({ type: "number", isWhole: true }, "7.5")).to.equal("misfit");
    expect(read(expects, "What if I do not know?")).to.equal("question");
  });

  it("reads dates day first or by ISO, and knows which days there are", () => {
    const expects: Expected = { type: "date", from: "2026-01-01", to: "today" };
    for (const text of ["2026-03-01", "2026-3-1", "1.3.2026", "01/03/2026", "1-3-2026"]) {
      expect(read(expects, text), text).to.equal("2026-03-01");
    }
    for (const text of ["2026-02-30", "31.4.2026", "2025-12-31", "2026-06-16", "1.13.2026", "soon"]) {
      expect(read(expects, text), text).to.equal("misfit");
    }
    expect(read({ type: "date", from: "today" }, "15.6.2026")).to.equal(TODAY);
  });

  it("takes a place and a contact only where they are asked for", () => {
    const location: FlowInput = { kind: "location", latitude: 1.5, longitude: -2 };
    const contact: FlowInput = { kind: "contact", phone: "+331" };
    expect(readAnswer({ type: "location" }, location, TODAY)).to.include({ value: "1.5,-2" });
    expect(readAnswer({ type: "contact" }, contact, TODAY)).to.include({ value: "+331" });
    expect(readAnswer({ type: "contact" }, location, TODAY).kind).to.equal("misfit");
    expect(readAnswer({ type: "text" }, contact, TODAY).kind).to.equal("misfit");
    expect(read({ type: "contact" }, "+33 6 12 34 56 78")).to.equal("+33 6 12 34 56 78");
    expect(read({ type: "location" }, "Paris")).to.equal("misfit");
  });
});
