import { expect } from "chai";
import { areRight, check, type KeptMessage } from "../../scripts/simulate/checks.ts";
import type { Arrival, Asked } from "../../scripts/simulate/crowd.ts";

const asked = (id: string, userId = 1): Asked => ({
  id,
  userId,
  text: `Question ${id}: what?`,
  latencyMs: 1,
  askedAt: 0,
  answeredAt: 1,
});
const arrival = (questionId: string | null, changes: Partial<Arrival> = {}): Arrival => ({
  userId: 1,
  questionId,
  run: 0,
  isConfirmed: true,
  ...changes,
});
const kept = (questions: readonly Asked[]): KeptMessage[] =>
  questions.flatMap(({ id, text }, seq) => [
    { seq, sender: "person" as const, text },
    { seq, sender: "bot" as const, text: `Answer ${id}. Like this.` },
  ]);

const QUESTIONS = [asked("a"), asked("b"), asked("c")];
const CLEAN = { lost: 0, outOfOrder: 0, duplicates: 0, wrongInHistory: 0, excusedCopies: 0, standIns: 0 };

describe("the checks of a simulation", () => {
  const found = (ids: readonly string[], history = kept(QUESTIONS)) =>
    check(
      QUESTIONS,
      ids.map((id) => arrival(id)),
      history,
    );

  it("pass when every answer came once, in order", () => {
    const checks = found(["a", "b", "c"]);
    expect(checks).to.deep.equal(CLEAN);
    expect(areRight(checks)).to.equal(true);
  });

  it("find a lost answer", () => {
    const checks = found(["a", "c"]);
    expect(checks).to.deep.equal({ ...CLEAN, lost: 1 });
    expect(areRight(checks)).to.equal(false);
  });

  it("find answers out of order, within a chat only", () => {
    expect(found(["b", "a", "c"])).to.deep.equal({ ...CLEAN, outOfOrder: 1 });
    const other = asked("x", 2);
    const arrivals = [arrival("x", { userId: 2 }), arrival("a"), arrival("b"), arrival("c")];
    expect(check([...QUESTIONS, other], arrivals, kept([...QUESTIONS, other]))).to.deep.equal(CLEAN);
  });

  it("find a copy after a send with a clear outcome", () => {
    expect(found(["a", "a", "b", "c"])).to.deep.equal({ ...CLEAN, duplicates: 1 });
    expect(found(["a", "b", "a", "c"])).to.deep.equal({ ...CLEAN, duplicates: 1 });
  });

  it("excuse one copy of a send that was interrupted or was the last before a kill, but not a second one", () => {
    const cutOff = [arrival("a", { isConfirmed: false }), arrival("a"), arrival("b"), arrival("c")];
    expect(check(QUESTIONS, cutOff, kept(QUESTIONS))).to.deep.equal({ ...CLEAN, excusedCopies: 1 });
    const later = { run: 1 };
    const killed = [arrival("a"), arrival("a", later), arrival("b", later), arrival("c", later)];
    expect(check(QUESTIONS, killed, kept(QUESTIONS))).to.deep.equal({ ...CLEAN, excusedCopies: 1 });
    const notTheLast = [arrival("a"), arrival("b"), arrival("a", later), arrival("c", later)];
    expect(check(QUESTIONS, notTheLast, kept(QUESTIONS))).to.deep.include({ duplicates: 1 });
    const twice = [
      arrival("a", { isConfirmed: false }),
      arrival("a"),
      arrival("a"),
      arrival("b"),
      arrival("c"),
    ];
    expect(check(QUESTIONS, twice, kept(QUESTIONS))).to.deep.include({ duplicates: 1, excusedCopies: 1 });
  });

  it("count an answer of the library as an answer, and a surplus one as a copy", () => {
    const questions = [{ ...asked("a"), isStandIn: true }];
    const history = [
      { seq: 0, sender: "person" as const, text: "Question a: what?" },
      { seq: 0, sender: "bot" as const, text: "From our library" },
    ];
    expect(check(questions, [arrival(null)], history)).to.deep.equal({ ...CLEAN, standIns: 1 });
    expect(check(questions, [arrival(null), arrival(null)], history)).to.deep.include({ duplicates: 1 });
  });

  it("find a history that lacks a message, has one twice, or has another's answer", () => {
    const history = kept(QUESTIONS);
    const [question, answer] = history as [KeptMessage, KeptMessage];
    for (const wrong of [
      history.slice(1),
      history.slice(0, -1),
      [...history, { ...question, seq: 9 }],
      [...history, { ...answer }],
      history.map((message) =>
        message.text.startsWith("Answer a.") ? { ...message, text: "Answer b." } : message,
      ),
    ])
      expect(found(["a", "b", "c"], wrong)).to.deep.equal({ ...CLEAN, wrongInHistory: 1 });
  });
});
