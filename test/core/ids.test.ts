import { createHash } from "node:crypto";
import { expect } from "chai";
import { createPseudonyms } from "../../lib/core/index.ts";

describe("the pseudonym of a chat", () => {
  const pseudonym = createPseudonyms("the secret of this installation");

  it("is found by nobody who tries all ids without the secret", () => {
    const sought = pseudonym("chat:4711");
    for (let id = 0; id < 20_000; id += 1) {
      const hash = createHash("sha256").update(`chat:${id}`).digest("hex");
      expect(hash).not.to.include(sought);
    }
    expect(createPseudonyms("another secret")("chat:4711")).not.to.equal(sought);
  });

  it("is stable, short, and another one for every chat", () => {
    expect(pseudonym("chat:4711"))
      .to.match(/^[0-9a-f]{12}$/)
      .and.to.equal(pseudonym("chat:4711"));
    const keys = ["chat:1", "chat:2", "user:1", "chat:-1", "chat:-1:2", "chat:-1:3"];
    expect(new Set(keys.map(pseudonym)).size).to.equal(keys.length);
  });

  it("is the same for every thread of a private chat, so that all of a person's traces can be found", () => {
    expect(pseudonym("chat:4711:5")).to.equal(pseudonym("chat:4711"));
  });
});
