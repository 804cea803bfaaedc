import { createHash } from "node:crypto";
import { expect } from "chai";
import { decodeJudge, encodeJudge, JUDGE_VERSION, judgeKey } from "../../lib/risk/judge-file.ts";
import { createRiskCheck, type RiskRule } from "../../lib/risk/risk.ts";
import { type FindGroups, type RiskExample, RiskJudge } from "../../lib/risk/risk-judge.ts";
import { memoryFiles } from "./memory-files.ts";

const EXAMPLES: RiskExample[] = [
  { language: "en", rule: "fire", message: "there are flames coming out of my kitchen" },
  { language: "en", rule: "fire", message: "smoke everywhere and the curtains are in flames" },
  { language: "en", rule: "water", message: "the cellar is full and the water keeps rising" },
  { language: "en", rule: null, message: "how long do i boil an egg in the kitchen" },
  { language: "en", rule: null, message: "which curtains go with a green wall" },
];

const RULES: RiskRule[] = ["fire", "water"].map((id) => ({
  id,
  languages: { en: { phrases: [`there is ${id}`], not: [], help: `${id}!` } },
}));

const nextTurn = async (): Promise<void> => {};

/** Rooms and what covers windows are groups of words. */
const groupsIn: FindGroups = (message) =>
  message.split(" ").flatMap((word, at) => {
    const group = [["kitchen", "cellar"], ["curtains"]].findIndex((words) => words.includes(word));
    return group < 0 ? [] : [{ group, at }];
  });

describe("what was learnt of dangers, kept from one start to the next", () => {
  const message = "help the whole kitchen is in flames";

  it("judges as it did when it was learnt", async () => {
    const learnt = await RiskJudge.learn(EXAMPLES, groupsIn, nextTurn);
    const key = judgeKey("rules", EXAMPLES);
    const snapshot = learnt && decodeJudge(key, encodeJudge(key, learnt.snapshot));
    expect(snapshot).to.deep.equal(learnt?.snapshot);
    if (!snapshot) return;
    const kept = new RiskJudge(snapshot, groupsIn);
    for (const text of [message, ...EXAMPLES.map((example) => example.message)]) {
      expect(kept.suspect(text)).to.deep.equal(learnt.suspect(text));
      expect(kept.recall(text)).to.equal(learnt.recall(text));
      expect(kept.knownShare(text)).to.equal(learnt.knownShare(text));
    }
  });

  it("is used by the next start, and learnt again when a rule or an example has changed", async () => {
    const files = memoryFiles();
    const start = async (rules: RiskRule[], examples: RiskExample[]) => {
      const check = createRiskCheck(rules, examples, { files });
      await check.getReady();
      return check.check(message, "en")?.id;
    };
    expect(await start(RULES, [...EXAMPLES])).to.equal("fire");
    expect(await start(RULES, [...EXAMPLES])).to.equal("fire");
    expect(files.written).to.deep.equal(["phrases", "en.dangers"]);
    const [first, ...others] = RULES;
    await start([...others, ...(first ? [first] : [])], [...EXAMPLES]);
    await start(RULES, EXAMPLES.slice(1));
    expect(files.written.filter((name) => name === "en.dangers")).to.have.length(3);
  });

  it("is not learnt again when an operator changes the help, such as its contacts", async () => {
    const files = memoryFiles();
    for (const help of ["Call 1.", "Call 2."]) {
      const rules = RULES.map(({ id, languages }) => ({
        id,
        languages: {
          en: {
            phrases: [],
            not: [],
            ...languages.en,
            help,
            lines: [{ when: [`a ${help}`], text: help }],
          },
        },
      }));
      await createRiskCheck(rules, [...EXAMPLES], { files }).getReady();
    }
    expect(files.written.filter((name) => name === "en.dangers")).to.have.length(1);
  });

  it("serves new material until that is learnt", async () => {
    const before = createRiskCheck(RULES, [...EXAMPLES]);
    await before.getReady();
    const after = createRiskCheck(RULES, EXAMPLES.slice(1), { before });
    expect(after.check(message, "en")?.id).to.equal("fire");
    expect(createRiskCheck(RULES, EXAMPLES.slice(1)).check(message, "en")).to.equal(null);
  });

  it("is learnt again when its file is damaged", async () => {
    const learnt = await RiskJudge.learn(EXAMPLES, groupsIn, nextTurn);
    const file = learnt && encodeJudge("key", learnt.snapshot);
    expect(file && decodeJudge("key", file)).to.not.equal(null);
    if (file) file[file.length - 1] = 1;
    expect(file && decodeJudge("key", file)).to.equal(null);
  });

  it("has a version that belongs to how messages are read and judged", async () => {
    // When this fails because something else is learnt, raise JUDGE_VERSION and put both new values here.
    const learnt = await RiskJudge.learn(EXAMPLES, groupsIn, nextTurn);
    const hash = createHash("sha256");
    hash.update([...(learnt?.snapshot.weights ?? [])].map((value) => value.toFixed(2)).join());
    hash.update(JSON.stringify(learnt?.snapshot.known));
    expect([JUDGE_VERSION, hash.digest("hex").slice(0, 16)]).to.deep.equal([2, "052b64b347c9bfc1"]);
  });
});
