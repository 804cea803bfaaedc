import { createHash } from "node:crypto";
import { expect } from "chai";
import { PhraseBook, type PhraseSource } from "../../../lib/risk/index.ts";
import { compiling } from "../../../lib/risk/phrases/compile.ts";
import { decodePhrases, encodePhrases, PHRASES_VERSION, phrasesKey } from "../../../lib/risk/phrases/file.ts";
import type { PhrasesSnapshot } from "../../../lib/risk/phrases/snapshot.ts";
import { memoryFiles } from "../memory-files.ts";

const GROUPS = { family: ["mum", "step dad", "<elders>"], elders: ["gran*"] };
const SOURCES: readonly PhraseSource[] = [
  { phrases: ["<family> ... hits/beats me", "!film alone !again", "<9-13> years & !joke"], groups: GROUPS },
  { phrases: ["l'eau/<16+>", "in a film"] },
  { phrases: [] },
];
const SPELLING = { numbers: new Map([["twelve", 12]]), spellings: new Map([["stepdad", "step dad"]]) };

const MESSAGES = [
  "my step dad often hits me",
  "my stepdad beats me",
  "granny sometimes beats me",
  "all alone",
  "a film alone",
  "alone again",
  "she is twelve years old",
  "twelve years, a joke",
  "l eau, 99999999",
  "il a 17 ans",
  "17",
  "in a film",
  "",
];

function snapshotOf(sources: readonly PhraseSource[]): PhrasesSnapshot {
  const steps = compiling(sources);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** What each list finds in each message. */
function found(book: PhraseBook): number[][] {
  return MESSAGES.map((text) => SOURCES.map((_, index) => book.list(index).countIn(book.read(text))));
}

describe("a book of phrases", () => {
  const key = phrasesKey(SOURCES);
  const file = encodePhrases(key, snapshotOf(SOURCES));

  it("finds the phrases of each list", () => {
    const hits = found(PhraseBook.read(SOURCES, SPELLING));
    expect(hits.map(([first = 0, second = 0]) => `${first}${second}`)).to.deep.equal([
      "10",
      "10",
      "10",
      "10",
      "00",
      "00",
      "10",
      "00",
      "01",
      "01",
      "01",
      "01",
      "00",
    ]);
  });

  it("finds the same when it was stored, and is then not read again", async () => {
    const files = memoryFiles();
    const first = await PhraseBook.open("phrases", SOURCES, SPELLING, { files });
    const second = await PhraseBook.open("phrases", SOURCES, SPELLING, { files });
    expect(files.written).to.deep.equal(["phrases"]);
    expect(found(first)).to.deep.equal(found(PhraseBook.read(SOURCES, SPELLING)));
    expect(found(second)).to.deep.equal(found(first));
  });

  it("is read again when a phrase, a group or their order has changed", () => {
    const [first = { phrases: [] }, ...others] = SOURCES;
    for (const changed of [
      others,
      [...others, first],
      [{ ...first, phrases: first.phrases.slice(1) }, ...others],
      [{ ...first, groups: { ...GROUPS, elders: ["elder"] } }, ...others],
    ]) {
      expect(decodePhrases(phrasesKey(changed), file)).to.equal(null);
    }
    expect(decodePhrases(key, file)).to.deep.equal(snapshotOf(SOURCES));
  });

  it("is read again when any part of its file is damaged or missing", () => {
    for (let at = 0; at < file.length; at += 1) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(decodePhrases(key, damaged), `byte ${at}`).to.equal(null);
    }
    for (const length of [0, 3, 39, 40, file.length - 1]) {
      expect(decodePhrases(key, file.slice(0, length)), `${length} bytes`).to.equal(null);
    }
  });

  it("has a version that belongs to how phrases are read", () => {
    // When this fails because phrases come to something else, raise PHRASES_VERSION and put both new values here.
    const hash = createHash("sha256").update(file.subarray(40));
    expect([PHRASES_VERSION, hash.digest("hex").slice(0, 16)]).to.deep.equal([1, "c96d4fcd7d05b02b"]);
  });
});
