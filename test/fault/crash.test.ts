import { expect } from "chai";
import { runCrashes } from "./crash-run.ts";

describe("a bot killed again and again", () => {
  it("answers every question once, in order, whenever it dies", async () => {
    const report = await runCrashes({ kills: 10, chats: 60, questions: 300, seed: 1 });
    expect(report).to.include({ unanswered: 0, givenUp: 0, outOfOrder: 0, duplicates: 0, wrongInHistory: 0 });
  });
});
